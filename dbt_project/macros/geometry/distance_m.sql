{# Straight distance between two places given in metres; null when a coordinate is missing. #}
{% macro distance_m(from_x_m, from_y_m, to_x_m, to_y_m) -%}
    {{ return(adapter.dispatch('distance_m')(from_x_m, from_y_m, to_x_m, to_y_m)) }}
{%- endmacro %}

{% macro default__distance_m(from_x_m, from_y_m, to_x_m, to_y_m) -%}
    sqrt(
        power({{ to_x_m }} - {{ from_x_m }}, 2) + power({{ to_y_m }} - {{ from_y_m }}, 2)
    )
{%- endmacro %}
