{{ config(materialized='view') }}

with

trips as (

    select * from {{ ref('stg_open_trips__trips') }}

),

trip_cities as (

    select * from {{ ref('int_trip_cities') }}

),

final as (

    select trips.*
    from trips
    inner join trip_cities on trips.city_id = trip_cities.city_id
    -- Where the operator's own data tells the rides, a file would tell them again.
    where trip_cities.is_counted

)

select * from final
