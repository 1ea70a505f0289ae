{#
    A position's HDOP out of its accuracy in metres, as MDS gives it: a receiver whose satellites
    stand well (HDOP 1) is off by the var gps_error_m.
#}
{% macro hdop_of_accuracy(accuracy_m) -%}
    {{ accuracy_m }} / {{ var('gps_error_m') }}
{%- endmacro %}
