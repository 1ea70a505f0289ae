{#
    The condition that keeps a test of a large incremental model to its newest days; nothing when
    no column is named. Older rows were tested when they were written.
#}
{% macro newest_rows(model, newest) -%}
    {%- if newest -%}
        {{ newest['column'] }} >= (
            select max({{ newest['column'] }}) - interval '{{ newest["days"] }} days' from {{ model }}
        )
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}
