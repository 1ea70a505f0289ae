{{ config(materialized='view') }}

with

pings as (

    select * from {{ ref('stg_telemetry__pings') }}

),

cities as (

    select * from {{ ref('int_cities') }}

),

feed_pings as (

    select * from {{ ref('int_feed_pings') }}

),

scooters as (

    select * from {{ ref('stg_operational__scooters') }}

),

final as (

    select
        scooters.scooter_id,
        pings.city_id,
        pings.latitude,
        pings.longitude,
        pings.x_m,
        pings.y_m,
        pings.hdop,
        pings.battery_pct,
        {{ gps_tolerance_m('cities.gps_tolerance_m', 'pings.hdop') }} as tolerance_m,
        cities.low_battery_pct,
        cities.silent_hours,
        -- An old firmware may not tell the lock; a standing scooter does not move.
        coalesce(pings.is_locked, pings.speed_kmh < 3, true) as is_parked,
        {{ dbt.date_trunc('hour', 'pings.reported_at') }} as hour_at,
        pings.reported_at
    from pings
    inner join cities on pings.city_id = cities.city_id
    -- Devices that are no scooter of the city say nothing about its fleet.
    inner join scooters
        on
            pings.city_id = scooters.city_id
            and pings.scooter_code = scooters.scooter_code
    -- What is reported after the clock, or arrives later, is not known yet.
    where
        pings.reported_at <= cities.as_of_at
        and (pings.received_at is null or pings.received_at < cities.as_of_at)

    union all

    select
        pings.scooter_id,
        pings.city_id,
        pings.latitude,
        pings.longitude,
        pings.x_m,
        pings.y_m,
        pings.hdop,
        pings.battery_pct,
        {{ gps_tolerance_m('cities.gps_tolerance_m', 'pings.hdop') }} as tolerance_m,
        cities.low_battery_pct,
        cities.silent_hours,
        pings.is_parked,
        {{ dbt.date_trunc('hour', 'pings.reported_at') }} as hour_at,
        pings.reported_at
    from feed_pings as pings
    inner join cities on pings.city_id = cities.city_id
    -- A feed does not tell when a point arrived, only when it was taken.
    where pings.reported_at <= cities.as_of_at

)

select * from final
