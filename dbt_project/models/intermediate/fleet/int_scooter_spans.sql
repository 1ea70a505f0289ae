{{ config(materialized='view', tags=['timeline']) }}

with

places as (

    select * from {{ ref('int_scooter_places') }}

),

cities as (

    select * from {{ ref('int_cities') }}

),

scooters as (

    select * from {{ ref('int_scooters') }}

),

resumes as (

    select * from {{ ref('int_timeline_resumes') }}

),

ends as (

    select
        scooters.scooter_id,
        coalesce(scooters.retired_at, cities.as_of_at) as end_at,
        scooters.retired_at is null as is_in_fleet,
        greatest(scooters.commissioned_at, cities.data_from_at) as first_seen_at
    from scooters
    inner join cities on scooters.city_id = cities.city_id

),

followed as (

    select
        places.*,
        ends.is_in_fleet,
        ends.first_seen_at,
        resumes.scooter_id is not null as is_resumed,
        coalesce(lead(places.event_at) over scooter, ends.end_at) as ended_at,
        lead(places.event_number) over scooter is null as is_last,
        lead(places.cause) over scooter as next_cause,
        lead(places.event_battery_pct) over scooter as next_battery_pct
    from places
    inner join ends on places.scooter_id = ends.scooter_id
    left join resumes on places.scooter_id = resumes.scooter_id
    window scooter as (partition by places.scooter_id order by places.event_number)

),

final as (

    select
        scooter_id,
        city_id,
        state,
        cause,
        parking_id,
        latitude,
        longitude,
        x_m,
        y_m,
        battery_pct as start_battery_pct,
        -- A swap tells the new battery's charge, not what was left in the old one.
        case when next_cause <> 'battery_swap' then next_battery_pct end as next_battery_pct,
        is_last and is_in_fleet as is_current,
        is_resumable,
        is_moved,
        mode_since_at as parked_since_at,
        event_at as started_at,
        ended_at
    from followed
    -- Of several events of the same instant only the last one lasts.
    where event_at < ended_at

    union all

    -- Before its first event the scooter stood where that event found it. One that was brought
    -- there by that event was not in the street before.
    select
        scooter_id,
        city_id,
        'available' as state,
        'first_seen' as cause,
        parking_id,
        latitude,
        longitude,
        x_m,
        y_m,
        battery_pct as start_battery_pct,
        battery_pct as next_battery_pct,
        false as is_current,
        false as is_resumable,
        false as is_moved,
        first_seen_at as parked_since_at,
        first_seen_at as started_at,
        event_at as ended_at
    from followed
    where
        event_number = 1
        and not is_resumed
        and first_seen_at < event_at
        and cause in ('ride_start', 'ping', 'battery_swap', 'pick_up', 'maintenance_start')

)

select * from final
