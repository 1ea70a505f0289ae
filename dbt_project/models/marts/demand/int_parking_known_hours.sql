{{ config(materialized='view') }}

-- What was not open has no occupancy; but a ride that came to it, or a search, is not forgotten.
{% for model in ['int_parking_occupancy_hours', 'int_parking_flows', 'int_search_hours'] %}
select
    parking_id,
    city_id,
    '{{ model }}' as known_by,
    utc_date,
    hour_at
from {{ ref(model) }}
{{ 'union all' if not loop.last }}
{%- endfor %}
