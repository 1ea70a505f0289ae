{#
    Sums and means of fractions that do not depend on the order of the rows: floating-point
    addition does in its last digits, so that two builds of the same rows would differ.
#}
{% macro exact_sum(expression) -%}
    cast(sum(cast({{ expression }} as numeric)) as double precision)
{%- endmacro %}
{% macro exact_avg(expression) -%}
    cast(avg(cast({{ expression }} as numeric)) as double precision)
{%- endmacro %}
{# Of minutes that rounded_min has rounded, which needs no decimal arithmetic. #}
{% macro sum_of_min(minutes) -%}
    (round(sum({{ minutes }}) * 10000) / 10000)
{%- endmacro %}
