{#
    When the first day begins that a model worked by day has not, or has no more. It is asked while
    the model is compiled, so that the planner knows what little of its inputs a step has to read:
    as a literal it can be held against their statistics. Before all times for a model built whole.
#}
{% macro first_missing_at(relation, days, cities, date='utc_date') %}
    {%- set missing = namespace(first_at='-infinity') -%}
    {%- if execute and is_incremental() -%}
        {%- set found = run_query(_first_missing_date(relation, days, cities, date)) -%}
        {%- set missing.first_at = found.columns[0].values()[0] or 'infinity' -%}
    {%- endif -%}
    cast('{{ missing.first_at }}' as timestamp with time zone)
{%- endmacro %}

{% macro _first_missing_date(relation, days, cities, date) %}
    {#- A local day begins up to 14 hours before that of UTC. -#}
    select to_char(min(days.{{ date }}) - {{ 0 if date == 'utc_date' else 1 }}, 'YYYY-MM-DD"T00:00Z"')
    from {{ days }} as days
    left join (
        {{ kept_days(relation, cities, date=date) }}
    ) as kept_days
        on
            days.city_id = kept_days.city_id
            and days.{{ date }} = kept_days.{{ date }}
    where kept_days.day_fingerprint is distinct from {{ built_from('days') }}
{% endmacro %}
