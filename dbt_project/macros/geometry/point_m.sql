{# A point in metres of the city's CRS. #}
{% macro point_m(x_m, y_m) -%}
    {{ return(adapter.dispatch('point_m')(x_m, y_m)) }}
{%- endmacro %}

{% macro default__point_m(x_m, y_m) -%}
    point({{ x_m }}, {{ y_m }})
{%- endmacro %}
