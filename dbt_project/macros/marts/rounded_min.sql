{#
    A sum of minutes without the dust that adding fractions leaves, so that a whole hour is 60 and
    the sum does not depend on the order of the rows; 0 for no rows.
#}
{% macro rounded_min(minutes) -%}
    coalesce(round(({{ minutes }}) * 10000) / 10000, 0)
{%- endmacro %}
