{{
    config(
        indexes=[
            {'columns': ['scooter_id', 'started_at'], 'unique': true},
            {'columns': ['parking_id', 'started_at']},
        ]
    )
}}

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

states as (

    select * from {{ ref('scooter_states') }}

),

latest_pings as (

    select * from {{ ref('int_latest_pings') }}

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
        coalesce(lead(places.event_at) over scooter, ends.end_at) as ended_at,
        lead(places.event_number) over scooter is null as is_last,
        lead(places.cause) over scooter as next_cause,
        lead(places.event_battery_pct) over scooter as next_battery_pct
    from places
    inner join ends on places.scooter_id = ends.scooter_id
    window scooter as (partition by places.scooter_id order by places.event_number)

),

spans as (

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
        mode_since_at as parked_since_at,
        event_at as started_at,
        ended_at
    from followed

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
        first_seen_at as parked_since_at,
        first_seen_at as started_at,
        event_at as ended_at
    from followed
    where
        event_number = 1
        and cause in ('ride_start', 'ping', 'battery_swap', 'pick_up', 'maintenance_start')

),

final as (

    select
        spans.scooter_id || '@' || extract(epoch from spans.started_at) as interval_id,
        spans.scooter_id,
        spans.city_id,
        spans.parking_id,
        spans.state,
        states.mds_state,
        spans.cause,
        spans.latitude,
        spans.longitude,
        spans.x_m,
        spans.y_m,
        spans.start_battery_pct,
        case
            when spans.is_current and latest_pings.last_reported_at >= spans.started_at
                then coalesce(latest_pings.battery_pct, spans.start_battery_pct)
            else coalesce(spans.next_battery_pct, spans.start_battery_pct)
        end as end_battery_pct,
        spans.is_current,
        spans.parked_since_at,
        spans.started_at,
        spans.ended_at
    from spans
    inner join states on spans.state = states.state
    left join latest_pings on spans.scooter_id = latest_pings.scooter_id
    -- Of several events of the same instant only the last one lasts.
    where spans.started_at < spans.ended_at

)

select * from final
