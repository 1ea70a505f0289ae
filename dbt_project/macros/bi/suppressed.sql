{#
    A figure for readers outside, NULL where fewer than ten (var suppressed_below) stand behind it:
    rides, riders or scooters, as counted by `count`. None at all is hidden too, as in the MDS
    metrics: otherwise nothing would be told from little. A ratio is rounded to `decimals`: all its
    digits would tell the minutes and metres of single rides.
#}
{% macro suppressed(figure, count, decimals=none) -%}
    case
        when {{ count }} >= {{ var('suppressed_below') }}
            {%- if decimals is none %}
            then {{ figure }}
            {%- else %}
            then cast(round(cast({{ figure }} as numeric), {{ decimals }}) as double precision)
            {%- endif %}
    end
{%- endmacro %}
