{# One side of a zone's bounding box; side is min_x, max_x, min_y or max_y. #}
{% macro zone_bound_m(zone_polygon, side) -%}
    {{ return(adapter.dispatch('zone_bound_m')(zone_polygon, side)) }}
{%- endmacro %}

{% macro default__zone_bound_m(zone_polygon, side) -%}
    {#- A box of Postgres has its upper right corner first. -#}
    {%- set corner = 0 if side.startswith('max') else 1 -%}
    {%- set axis = 0 if side.endswith('x') else 1 -%}
    ((box({{ zone_polygon }}))[{{ corner }}])[{{ axis }}]
{%- endmacro %}
