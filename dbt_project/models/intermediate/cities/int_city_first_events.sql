{{ config(materialized='view') }}

with

rides as (

    select * from {{ ref('stg_operational__rides') }}

),

service_events as (

    select * from {{ ref('stg_operational__service_events') }}

),

scooters as (

    select * from {{ ref('stg_operational__scooters') }}

),

trips as (

    select * from {{ ref('stg_open_trips__trips') }}

),

events as (

    select
        city_id,
        min(started_at) as event_at
    from rides
    group by city_id

    union all

    select
        city_id,
        min(occurred_at) as event_at
    from service_events
    group by city_id

    union all

    select
        city_id,
        min(started_at) as event_at
    from trips
    group by city_id

),

first_events as (

    select
        city_id,
        min(event_at) as data_from_at
    from events
    group by city_id

),

first_scooters as (

    select
        city_id,
        min(commissioned_at) as data_from_at
    from scooters
    group by city_id

),

final as (

    -- Scooters may have stood in a store long before the first ride: their commissioning counts
    -- only in a city in which nothing else has happened yet.
    select
        coalesce(first_events.city_id, first_scooters.city_id) as city_id,
        coalesce(first_events.data_from_at, first_scooters.data_from_at) as data_from_at
    from first_events
    full outer join first_scooters on first_events.city_id = first_scooters.city_id

)

select * from final
