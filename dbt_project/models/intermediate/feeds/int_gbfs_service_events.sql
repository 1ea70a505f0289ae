{{ config(materialized='view') }}

with

feed_cities as (

    select * from {{ ref('int_feed_cities') }}
    where fleet_feed = 'gbfs'

),

gaps as (

    select inferred.*
    from {{ ref('stg_gbfs__inferred_rides') }} as inferred
    inner join feed_cities on inferred.city_id = feed_cities.city_id
    where inferred.kind <> 'ride'

),

observations as (

    select observations.*
    from {{ ref('stg_gbfs__vehicle_observations') }} as observations
    inner join feed_cities on observations.city_id = feed_cities.city_id

),

-- A vehicle that was away and came back elsewhere without a ride was carried.
carried as (

    select *
    from gaps
    where distance_m > {{ var('gbfs_carried_m') }}

),

-- One that came back where it stood, charged, was served on the spot; else nothing is known of it.
swapped as (

    select *
    from gaps
    where kind = 'service' and distance_m <= {{ var('gbfs_carried_m') }}

),

flagged as (

    select
        *,
        lag(is_disabled) over (partition by scooter_id order by observed_at) as was_disabled
    from observations

),

final as (

    select
        ride_id || ':pick_up' as service_event_id,
        city_id,
        scooter_id,
        'pick_up' as kind,
        start_latitude as latitude,
        start_longitude as longitude,
        start_x_m as x_m,
        start_y_m as y_m,
        start_battery_pct as battery_pct,
        gap_started_at as occurred_at
    from carried

    union all

    select
        ride_id || ':drop_off' as service_event_id,
        city_id,
        scooter_id,
        'drop_off' as kind,
        end_latitude as latitude,
        end_longitude as longitude,
        end_x_m as x_m,
        end_y_m as y_m,
        end_battery_pct as battery_pct,
        gap_ended_at as occurred_at
    from carried

    union all

    select
        ride_id || ':battery_swap' as service_event_id,
        city_id,
        scooter_id,
        'battery_swap' as kind,
        end_latitude as latitude,
        end_longitude as longitude,
        end_x_m as x_m,
        end_y_m as y_m,
        end_battery_pct as battery_pct,
        gap_ended_at as occurred_at
    from swapped

    union all

    select
        scooter_id || '@' || extract(epoch from observed_at) as service_event_id,
        city_id,
        scooter_id,
        case when is_disabled then 'maintenance_start' else 'maintenance_end' end as kind,
        latitude,
        longitude,
        x_m,
        y_m,
        battery_pct,
        observed_at as occurred_at
    from flagged
    where is_disabled is distinct from coalesce(was_disabled, false)

)

select * from final
