{{ config(materialized='view') }}

with

operational as (

    select * from {{ ref('stg_operational__cities') }}

),

mds as (

    select * from {{ ref('stg_mds__cities') }}

),

gbfs as (

    select * from {{ ref('stg_gbfs__systems') }}

),

city_ids as (

    select city_id from mds
    union
    select city_id from gbfs

),

final as (

    select
        city_ids.city_id,
        -- The operator's own database tells all that a feed does, and an MDS feed all that a GBFS
        -- feed does: a fleet of two sources would count twice.
        case
            when operational.city_id is not null then null
            when mds.city_id is not null then 'mds'
            else 'gbfs'
        end as fleet_feed,
        gbfs.name,
        gbfs.timezone,
        coalesce(mds.crs, gbfs.crs) as crs,
        coalesce(mds.currency, gbfs.currency) as currency,
        coalesce(mds.centre_latitude, gbfs.centre_latitude) as centre_latitude,
        coalesce(mds.centre_longitude, gbfs.centre_longitude) as centre_longitude,
        coalesce(mds.centre_x_m, gbfs.centre_x_m) as centre_x_m,
        coalesce(mds.centre_y_m, gbfs.centre_y_m) as centre_y_m
    from city_ids
    left join operational on city_ids.city_id = operational.city_id
    left join mds on city_ids.city_id = mds.city_id
    left join gbfs on city_ids.city_id = gbfs.city_id

)

select * from final
