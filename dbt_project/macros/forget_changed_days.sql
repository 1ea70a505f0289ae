{#
    Take from an incremental model the UTC days of a city whose state intervals are not those the
    rows were built from: late data, a moved zone, an adopted parking, a clock that was set back.
    The model then adds the days it has not. So a second run equals a full refresh, however old
    the change is. The rows carry the fingerprint they were built from as `day_fingerprint`.
#}
{% macro forget_changed_days(relation, interval_days, cities) %}
    {% if is_incremental() %}
    with

    kept as (

        {{ kept_days(relation, cities) }}

    ),

    changed as (

        select
            kept.city_id,
            kept.utc_date,
            kept.day_fingerprint
        from kept
        left join {{ interval_days }} as interval_days
            on
                kept.city_id = interval_days.city_id
                and kept.utc_date = interval_days.utc_date
        where kept.day_fingerprint is distinct from interval_days.fingerprint

    )

    delete from {{ relation }} as rows_of_the_day
    using changed
    where
        rows_of_the_day.city_id = changed.city_id
        and rows_of_the_day.utc_date = changed.utc_date
    {% endif %}
{% endmacro %}
