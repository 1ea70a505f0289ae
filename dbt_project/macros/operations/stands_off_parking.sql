{#
    Whether a scooter that could be rented or swapped stands somewhere known without a parking. A
    parking within a no-parking zone is where one may stand after all; where a silent scooter stands
    is hearsay, and not_reporting asks to look for it.
#}
{% macro stands_off_parking(scooters, cities) -%}
    {{ scooters }}.state in ('available', 'low_battery')
        and {{ scooters }}.parking_id is null
        and {{ scooters }}.x_m is not null
        and coalesce({{ scooters }}.silent_h <= {{ cities }}.silent_hours, true)
{%- endmacro %}
