{#
    Whether two zones cover common ground. Neighbours that share an edge do not: their boxes
    overlap by less than a metre.
#}
{% macro zones_overlap(zone_polygon, other_polygon) -%}
    {{ return(adapter.dispatch('zones_overlap')(zone_polygon, other_polygon)) }}
{%- endmacro %}

{% macro default__zones_overlap(zone_polygon, other_polygon) -%}
    {{ zone_polygon }} && {{ other_polygon }}
    {%- for axis in ['x', 'y'] %}
    and least(
        {{ zone_bound_m(zone_polygon, 'max_' ~ axis) }},
        {{ zone_bound_m(other_polygon, 'max_' ~ axis) }}
    ) - greatest(
        {{ zone_bound_m(zone_polygon, 'min_' ~ axis) }},
        {{ zone_bound_m(other_polygon, 'min_' ~ axis) }}
    ) > 1
    {%- endfor %}
{%- endmacro %}
