{{ config(materialized='view') }}

with

scooters as (

    select * from {{ ref('int_scooters') }}

),

rides as (

    select * from {{ ref('int_rides_located') }}

),

crew_events as (

    select * from {{ ref('int_crew_events') }}

),

seen as (

    select
        scooter_id,
        city_id
    from rides

    union all

    select
        scooter_id,
        city_id
    from crew_events

),

final as (

    select distinct seen.scooter_id
    from seen
    inner join scooters on seen.scooter_id = scooters.scooter_id
    where seen.city_id <> scooters.city_id

)

select * from final
