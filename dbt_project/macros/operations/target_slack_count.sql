{#
    How many scooters may be missing to a target before a van is called to fill it: less than the
    var target_slack_share of it, so a small parking is filled from the first one on. What takes
    scooters away may take as many beyond the target without calling that van.
#}
{% macro target_slack_count(target_count) -%}
    cast(
        greatest(ceil(coalesce({{ target_count }}, 0) * {{ var('target_slack_share') }}) - 1, 0)
        as integer
    )
{%- endmacro %}
