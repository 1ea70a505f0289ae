{#
    Of each scooter keep the intervals before the moment from which its timeline is worked anew; of
    one that has no such moment, none. Built from scratch, the timeline is resumed nowhere.
#}
{% macro forget_resumed_intervals(timeline, resumes) %}
    {% if is_incremental() %}
    delete from {{ timeline }} as intervals
    where
        not exists (
            select 1
            from {{ resumes }} as resumes
            where
                resumes.scooter_id = intervals.scooter_id
                and resumes.resumed_at > intervals.started_at
        )
    {% else %}
    delete from {{ resumes }}
    {% endif %}
{% endmacro %}
