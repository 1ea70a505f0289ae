{{ config(materialized='view') }}

with

rides as (

    select * from {{ ref('stg_operational__rides') }}

),

trips as (

    select * from {{ ref('int_trips_counted') }}

),

feed_rides as (

    select * from {{ ref('int_feed_rides') }}

),

final as (

    select
        ride_id,
        city_id,
        scooter_id,
        user_id,
        status,
        cast(null as text) as start_station_id,
        cast(null as text) as end_station_id,
        start_latitude,
        start_longitude,
        start_x_m,
        start_y_m,
        start_hdop,
        end_latitude,
        end_longitude,
        end_x_m,
        end_y_m,
        end_hdop,
        start_battery_pct,
        end_battery_pct,
        coalesce(distance_m, path_length_m) as distance_m,
        path_length_m,
        price,
        false as is_inferred,
        cast(null as double precision) as confidence,
        started_at,
        ended_at
    from rides

    union all

    select
        ride_id,
        city_id,
        scooter_id,
        null as user_id,
        'completed' as status,
        start_station_id,
        end_station_id,
        start_latitude,
        start_longitude,
        start_x_m,
        start_y_m,
        null as start_hdop,
        end_latitude,
        end_longitude,
        end_x_m,
        end_y_m,
        null as end_hdop,
        null as start_battery_pct,
        null as end_battery_pct,
        distance_m,
        null as path_length_m,
        null as price,
        false as is_inferred,
        null as confidence,
        started_at,
        ended_at
    from trips

    union all

    select
        ride_id,
        city_id,
        scooter_id,
        null as user_id,
        status,
        null as start_station_id,
        null as end_station_id,
        start_latitude,
        start_longitude,
        start_x_m,
        start_y_m,
        start_hdop,
        end_latitude,
        end_longitude,
        end_x_m,
        end_y_m,
        end_hdop,
        start_battery_pct,
        end_battery_pct,
        distance_m,
        null as path_length_m,
        price,
        is_inferred,
        confidence,
        started_at,
        ended_at
    from feed_rides

)

select * from final
