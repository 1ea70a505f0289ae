{#
    Take from an incremental model the days of a city that are not what the rows were built
    from: late data, a moved zone, an adopted parking, a clock that was set back.
    The model then adds the days it has not. So a second run equals a full refresh, however old
    the change is. The rows carry what they were built from as `day_fingerprint`.
#}
{% macro forget_changed_days(relation, days, cities, date='utc_date') %}
    {% if is_incremental() %}
    with

    kept as (

        {{ kept_days(relation, cities, date=date) }}

    ),

    changed as (

        select
            kept.city_id,
            kept.{{ date }},
            kept.day_fingerprint
        from kept
        left join {{ days }} as days
            on
                kept.city_id = days.city_id
                and kept.{{ date }} = days.{{ date }}
        where kept.day_fingerprint is distinct from {{ built_from('days') }}

    ),

    no_longer_empty as (

        delete from ops.empty_days
        using changed
        where
            empty_days.relation_name = '{{ relation }}'
            and empty_days.city_id = changed.city_id
            and empty_days.day = changed.{{ date }}

    )

    delete from {{ relation }} as rows_of_the_day
    using changed
    where
        rows_of_the_day.city_id = changed.city_id
        and rows_of_the_day.{{ date }} = changed.{{ date }}
    {%- else %}
    delete from ops.empty_days where relation_name = '{{ relation }}'
    {%- endif %}
{% endmacro %}
