{{ config(materialized='view', tags=['timeline']) }}

with

cities as (

    select * from {{ ref('int_cities') }}

),

scooters as (

    select * from {{ ref('int_scooters') }}

),

resumes as (

    select * from {{ ref('int_timeline_resumes') }}

),

ride_events as (

    select * from {{ ref('int_ride_events') }}

),

crew_events as (

    select * from {{ ref('int_crew_events') }}

),

device_events as (

    select * from {{ ref('int_device_events') }}

),

united as (

    select * from ride_events

    union all

    select * from crew_events

    union all

    select * from device_events

),

final as (

    select united.*
    from united
    inner join scooters on united.scooter_id = scooters.scooter_id
    inner join cities on united.city_id = cities.city_id
    left join resumes on united.scooter_id = resumes.scooter_id
    where
        -- A retired scooter has no state any more.
        united.event_at < coalesce(scooters.retired_at, cities.as_of_at)
        -- Nothing is known of the time before the city's first ride or service.
        and united.event_at >= cities.data_from_at
        -- What was before stands in the timeline already.
        and (resumes.resumed_at is null or united.event_at >= resumes.resumed_at)

)

select * from final
