{{ config(materialized='view') }}

with

planning as (

    select * from {{ ref('stg_planning__cities') }}

),

operational as (

    select * from {{ ref('stg_operational__cities') }}

),

open_trips as (

    select * from {{ ref('stg_open_trips__cities') }}

),

feed_cities as (

    select * from {{ ref('int_feed_cities') }}

),

trip_precision as (

    select * from {{ ref('int_trip_precision') }}

),

city_ids as (

    select city_id from planning
    union
    select city_id from operational
    union
    select city_id from open_trips
    union
    select city_id from feed_cities

),

final as (

    select
        city_ids.city_id,
        {%- for language in ['en', 'el'] %}
        coalesce(
            planning.name_{{ language }},
            operational.name,
            open_trips.name,
            feed_cities.name,
            city_ids.city_id
        ) as name_{{ language }},
        {%- endfor %}
        {%- for setting in ['timezone', 'currency'] %}
        coalesce(
            planning.{{ setting }},
            operational.{{ setting }},
            open_trips.{{ setting }},
            feed_cities.{{ setting }},
            '{{ var("default_" ~ setting) }}'
        ) as {{ setting }},
        {%- endfor %}
        coalesce(
            planning.crs, open_trips.crs, feed_cities.crs, '{{ var("default_crs") }}'
        ) as crs,
        coalesce(
            planning.gps_tolerance_m,
            greatest(trip_precision.half_step_m, {{ var('default_gps_tolerance_m') }})
        ) as gps_tolerance_m,
        {%- for setting in [
            'low_battery_pct',
            'idle_hours',
            'silent_hours',
            'stale_hours',
            'search_radius_m',
        ] %}
        cast(
            coalesce(planning.{{ setting }}, {{ var('default_' ~ setting) }}) as double precision
        ) as {{ setting }},
        {%- endfor %}
        {%- for setting in ['ride_value', 'move_cost'] %}
        cast(
            coalesce(planning.{{ setting }}, {{ var('default_' ~ setting) }}) as numeric(14, 2)
        ) as {{ setting }},
        {%- endfor %}
        {%- for coordinate in ['latitude', 'longitude', 'x_m', 'y_m'] %}
        coalesce(
            planning.depot_{{ coordinate }},
            open_trips.depot_{{ coordinate }},
            feed_cities.centre_{{ coordinate }}
        ) as depot_{{ coordinate }},
        {%- endfor %}
        {%- for setting in ['service_start_hour', 'service_end_hour'] %}
        cast(coalesce(planning.{{ setting }}, {{ var('default_' ~ setting) }}) as integer)
            as {{ setting }},
        {%- endfor %}
        -- An operator's own systems, a database or a feed, go before trips from a file.
        case
            when coalesce(operational.city_id, feed_cities.city_id) is not null then 'operational'
            when open_trips.city_id is not null then 'open_trips'
            else 'operational'
        end as data_source,
        feed_cities.fleet_feed
    from city_ids
    left join planning on city_ids.city_id = planning.city_id
    left join operational on city_ids.city_id = operational.city_id
    left join open_trips on city_ids.city_id = open_trips.city_id
    left join feed_cities on city_ids.city_id = feed_cities.city_id
    left join trip_precision on city_ids.city_id = trip_precision.city_id

)

select * from final
