{# A zone out of its text in metres, as the extraction wrote it: `((x,y),(x,y),...)`. #}
{% macro zone_polygon(polygon_text) -%}
    {{ return(adapter.dispatch('zone_polygon')(polygon_text)) }}
{%- endmacro %}

{% macro default__zone_polygon(polygon_text) -%}
    {{ polygon_text }}::polygon
{%- endmacro %}
