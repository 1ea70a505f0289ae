{#
    Overrides dbt's: a model that is worked by day, whose table is of an earlier form with rows that
    do not say what they were built from, is built from scratch.
#}
{% macro should_full_refresh() %}
    {%- set told = config.get('full_refresh') -%}
    {%- set is_wanted = flags.FULL_REFRESH if told is none else told -%}
    {%- set date = (config.get('meta') or {}).get('worked_by') -%}
    {%- if is_wanted or not date or not execute -%}
        {{ return(is_wanted) }}
    {%- endif -%}
    {%- set there = load_cached_relation(this) -%}
    {{ return(there is not none and not holds_days(there, date)) }}
{% endmacro %}

{% macro holds_days(relation, date='utc_date') %}
    {%- set names = adapter.get_columns_in_relation(relation) | map(attribute='name') | list -%}
    {{ return('day_fingerprint' in names and date in names) }}
{% endmacro %}
