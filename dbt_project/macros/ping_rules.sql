{# What judges the pings of a city: its settings, and the SQL of int_ping_marks and those above. #}
{% macro ping_rules(cities) -%}
    concat_ws(
        '|',
        '{{ code_fingerprint(model.unique_id) }}',
        {{ cities }}.gps_tolerance_m,
        {{ cities }}.low_battery_pct,
        {{ cities }}.silent_hours
    )
{%- endmacro %}
