{% macro analyze_built() %}
{#- Without statistics the planner takes a new table for nearly empty and joins it row by row. -#}
{%- if model.config.materialized in ('table', 'incremental') -%}
    analyze {{ this }}
{%- endif -%}
{% endmacro %}
