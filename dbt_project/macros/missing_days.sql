{#
    The days that an incremental model has not, or no more since forget_changed_days: all of them
    when it is built from scratch. As `day_fingerprint` they carry what the rows are built from.
#}
{% macro missing_days(relation, days, cities, date='utc_date') %}
    select
        days.*,
        {{ built_from('days') }} as day_fingerprint
    from {{ days }} as days
    {%- if is_incremental() %}
    left join (
        {{ kept_days(relation, cities, date=date) }}
    ) as kept_days
        on
            days.city_id = kept_days.city_id
            and days.{{ date }} = kept_days.{{ date }}
    where kept_days.city_id is null
    {%- endif %}
{% endmacro %}
