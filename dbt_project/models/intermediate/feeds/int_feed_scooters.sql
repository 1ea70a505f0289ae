{{ config(materialized='view') }}

with

cities as (

    select * from {{ ref('int_cities') }}
    where fleet_feed is not null

),

vehicles as (

    select vehicles.*
    from {{ ref('stg_mds__vehicles') }} as vehicles
    inner join cities on vehicles.city_id = cities.city_id and cities.fleet_feed = 'mds'

),

events as (

    select events.*
    from {{ ref('stg_mds__events') }} as events
    inner join cities on events.city_id = cities.city_id and cities.fleet_feed = 'mds'
    where events.occurred_at <= cities.as_of_at

),

trips as (

    select trips.*
    from {{ ref('stg_mds__trips') }} as trips
    inner join cities on trips.city_id = cities.city_id and cities.fleet_feed = 'mds'
    where trips.started_at <= cities.as_of_at

),

signs as (

    select
        scooter_id,
        city_id,
        device_id,
        event_types,
        occurred_at as seen_at
    from events

    union all

    select
        scooter_id,
        city_id,
        device_id,
        'trip' as event_types,
        started_at as seen_at
    from trips

),

seen as (

    -- A vehicle that shows a sign of life after it was taken out of the fleet is back in it.
    select
        scooter_id,
        city_id,
        device_id,
        min(seen_at) as commissioned_at,
        max(seen_at) filter (where event_types like '%decommissioned%') as decommissioned_at,
        max(seen_at) as last_seen_at
    from signs
    group by scooter_id, city_id, device_id

),

final as (

    -- Vehicles that the list leaves out, for they left the street long ago, have their history.
    select
        coalesce(vehicles.scooter_id, seen.scooter_id) as scooter_id,
        coalesce(vehicles.city_id, seen.city_id) as city_id,
        coalesce(vehicles.scooter_code, seen.device_id) as scooter_code,
        vehicles.model,
        seen.commissioned_at,
        case when seen.decommissioned_at = seen.last_seen_at then seen.decommissioned_at end
            as retired_at
    from vehicles
    full outer join seen on vehicles.scooter_id = seen.scooter_id

    union all

    select
        scooter_id,
        city_id,
        scooter_code,
        model,
        commissioned_at,
        retired_at
    from {{ ref('int_gbfs_scooters') }}

)

select * from final
