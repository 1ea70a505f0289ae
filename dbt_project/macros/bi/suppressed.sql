{#
    A figure for readers outside, NULL where fewer than ten (var suppressed_below) stand behind it:
    rides, riders or scooters, as counted by `count`. None at all is hidden too, as in the MDS
    metrics: otherwise nothing would be told from little.
#}
{% macro suppressed(figure, count) -%}
    case when {{ count }} >= {{ var('suppressed_below') }} then {{ figure }} end
{%- endmacro %}
