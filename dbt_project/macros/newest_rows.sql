{#
    The condition that keeps a test of a large model to its newest days; nothing when no column is
    named, when all is built anew, and when all rows are asked for, as each night does: a late day
    that is built again, or a table that an edited rule built anew, is tested then.
#}
{% macro newest_rows(model, newest) -%}
    {%- if newest and not flags.FULL_REFRESH and not env_var('MOOW_DBT_TEST_ALL_ROWS', '') -%}
        {{ newest['column'] }} >= (
            select max({{ newest['column'] }}) - interval '{{ newest["days"] }} days' from {{ model }}
        )
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}
