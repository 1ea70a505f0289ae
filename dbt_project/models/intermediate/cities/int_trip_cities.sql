{{ config(materialized='view') }}

with

open_trips as (

    select * from {{ ref('stg_open_trips__cities') }}

),

operational as (

    select * from {{ ref('stg_operational__cities') }}

),

mds as (

    select * from {{ ref('stg_mds__cities') }}

),

final as (

    select
        open_trips.city_id,
        -- A database and an MDS feed report the same rides: with the file's they would count twice.
        -- A GBFS feed reports none.
        operational.city_id is null and mds.city_id is null as is_counted
    from open_trips
    left join operational on open_trips.city_id = operational.city_id
    left join mds on open_trips.city_id = mds.city_id

)

select * from final
