{#
    The days of each city that an incremental model holds, or was built for and gave no row, with
    the fingerprint they were built from; none when the model is built from scratch. One look into
    the index a day instead of a scan of all rows.
#}
{% macro kept_days(relation, cities, is_built_upon=none, date='utc_date') %}
    {%- if is_built_upon is none -%}
        {%- set is_built_upon = is_incremental() -%}
    {%- endif %}
    {%- if is_built_upon %}
        select
            cities.city_id,
            kept.{{ date }},
            kept.day_fingerprint
        from {{ cities }} as cities
        cross join lateral (
            select
                min({{ date }}) as first_date,
                max({{ date }}) as last_date
            from {{ relation }}
            where city_id = cities.city_id
        ) as bounds
        cross join generate_series(
            bounds.first_date, bounds.last_date, interval '1 day'
        ) as days (day_at)
        cross join lateral (
            select
                {{ date }},
                day_fingerprint
            from {{ relation }}
            where city_id = cities.city_id and {{ date }} = cast(days.day_at as date)
            limit 1
        ) as kept

        union all

        select
            city_id,
            day as {{ date }},
            day_fingerprint
        from ops.empty_days
        where relation_name = '{{ relation }}'
    {%- else %}
        select
            city_id,
            cast(null as date) as {{ date }},
            cast(null as text) as day_fingerprint
        from {{ cities }}
        where false
    {%- endif %}
{% endmacro %}
