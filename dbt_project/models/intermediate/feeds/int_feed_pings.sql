{{ config(materialized='view') }}

with

feed_cities as (

    select * from {{ ref('int_feed_cities') }}

),

telemetry as (

    select * from {{ ref('stg_mds__telemetry') }}

),

observations as (

    select * from {{ ref('stg_gbfs__vehicle_observations') }}

),

final as (

    select
        telemetry.scooter_id,
        telemetry.city_id,
        telemetry.latitude,
        telemetry.longitude,
        telemetry.x_m,
        telemetry.y_m,
        {{ hdop_of_accuracy('telemetry.accuracy_m') }} as hdop,
        telemetry.battery_pct,
        telemetry.trip_ids is null and coalesce(telemetry.speed_kmh < 3, true) as is_parked,
        telemetry.reported_at
    from telemetry
    inner join feed_cities on telemetry.city_id = feed_cities.city_id
    where feed_cities.fleet_feed = 'mds'

    union all

    -- GBFS shows vehicles that can be rented, which stand.
    select
        observations.scooter_id,
        observations.city_id,
        observations.latitude,
        observations.longitude,
        observations.x_m,
        observations.y_m,
        null as hdop,
        observations.battery_pct,
        true as is_parked,
        observations.observed_at as reported_at
    from observations
    inner join feed_cities on observations.city_id = feed_cities.city_id
    where feed_cities.fleet_feed = 'gbfs'

)

select * from final
