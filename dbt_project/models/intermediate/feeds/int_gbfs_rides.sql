{{ config(materialized='view') }}

with

feed_cities as (

    select * from {{ ref('int_feed_cities') }}
    where fleet_feed = 'gbfs'

),

trip_cities as (

    select * from {{ ref('stg_open_trips__cities') }}

),

inferred as (

    select * from {{ ref('stg_gbfs__inferred_rides') }}
    where kind = 'ride'

),

final as (

    select
        inferred.ride_id,
        inferred.city_id,
        inferred.scooter_id,
        inferred.start_latitude,
        inferred.start_longitude,
        inferred.start_x_m,
        inferred.start_y_m,
        inferred.end_latitude,
        inferred.end_longitude,
        inferred.end_x_m,
        inferred.end_y_m,
        inferred.start_battery_pct,
        inferred.end_battery_pct,
        inferred.confidence,
        inferred.gap_started_at as started_at,
        inferred.gap_ended_at as ended_at
    from inferred
    inner join feed_cities on inferred.city_id = feed_cities.city_id
    left join trip_cities on inferred.city_id = trip_cities.city_id
    -- What is concluded never stands beside what was reported.
    where trip_cities.city_id is null

)

select * from final
