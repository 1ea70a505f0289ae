{#
    How far from a zone a position may lie and still belong to it: the city's tolerance, widened
    in proportion to the position's HDOP. A GPS error grows linearly with the HDOP; up to the
    reference (var gps_reference_hdop, 2 = "good") the city's tolerance already covers it, and
    past gps_widening_max times the tolerance a position says too little to name a parking.
    An unknown HDOP widens nothing.
#}
{% macro gps_tolerance_m(tolerance_m, hdop) -%}
    {{ tolerance_m }} * least(
        {{ var('gps_widening_max') }}::double precision,
        greatest(1.0::double precision, coalesce({{ hdop }}, 0) / {{ var('gps_reference_hdop') }})
    )
{%- endmacro %}
