{# Distance from a place to the edge of a zone; 0 inside it or on its edge. #}
{% macro zone_distance_m(zone_polygon, x_m, y_m) -%}
    {{ return(adapter.dispatch('zone_distance_m')(zone_polygon, x_m, y_m)) }}
{%- endmacro %}

{% macro default__zone_distance_m(zone_polygon, x_m, y_m) -%}
    ({{ zone_polygon }} <-> {{ point_m(x_m, y_m) }})
{%- endmacro %}
