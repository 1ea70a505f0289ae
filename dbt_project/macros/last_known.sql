{#
    The last value of a series of small whole numbers (0-7), nulls skipped, over the named window:
    the value rides along in the low digits of the row's number, whose running maximum is the last
    row that had one. Postgres knows no IGNORE NULLS.
#}
{% macro last_known(value, row_number, window) -%}
    max(case when {{ value }} is not null then {{ row_number }} * 8 + {{ value }} end)
        over {{ window }} % 8
{%- endmacro %}
