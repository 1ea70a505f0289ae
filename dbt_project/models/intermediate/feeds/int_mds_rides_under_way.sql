{{ config(materialized='view') }}

with

cities as (

    select * from {{ ref('int_cities') }}
    where fleet_feed = 'mds'

),

trips as (

    select trips.*
    from {{ ref('stg_mds__trips') }} as trips
    inner join cities on trips.city_id = cities.city_id

),

events as (

    select
        events.*,
        string_to_array(events.event_types, ',') as type_names,
        cities.as_of_at
    from {{ ref('stg_mds__events') }} as events
    inner join cities on events.city_id = cities.city_id
    where events.occurred_at <= cities.as_of_at

),

ends as (

    select distinct ride_id
    from events
    where ('trip_end' = any(type_names) or 'trip_cancel' = any(type_names)) and ride_id is not null

),

final as (

    -- The feed tells a trip when it is over; until then its start event is all there is.
    select distinct on (events.ride_id)
        events.ride_id,
        events.city_id,
        events.scooter_id,
        events.latitude,
        events.longitude,
        events.x_m,
        events.y_m,
        events.accuracy_m,
        events.battery_pct,
        events.occurred_at
    from events
    left join trips on events.ride_id = trips.ride_id
    left join ends on events.ride_id = ends.ride_id
    where
        'trip_start' = any(events.type_names)
        and events.ride_id is not null
        and trips.ride_id is null
        and ends.ride_id is null
        -- A trip is not this long: its end was lost.
        and events.occurred_at > events.as_of_at - interval '24 hours'
    order by events.ride_id, events.occurred_at

)

select * from final
