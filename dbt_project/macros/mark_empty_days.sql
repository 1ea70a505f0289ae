{#
    Note the days that a model was built for and that gave no row, such as a winter without rides:
    else they would be missing in each run, and all since the first of them be read again.
#}
{% macro mark_empty_days(relation, days, cities, date='utc_date') %}
    insert into ops.empty_days (relation_name, city_id, day, day_fingerprint)
    select
        '{{ relation }}' as relation_name,
        days.city_id,
        days.{{ date }},
        {{ built_from('days') }} as day_fingerprint
    from {{ days }} as days
    left join (
        {{ kept_days(relation, cities, is_built_upon=true, date=date) }}
    ) as kept_days
        on
            days.city_id = kept_days.city_id
            and days.{{ date }} = kept_days.{{ date }}
    where kept_days.city_id is null
{% endmacro %}
