{{ config(materialized='view') }}

with

mds_rides as (

    select * from {{ ref('int_mds_rides') }}

),

gbfs_rides as (

    select * from {{ ref('int_gbfs_rides') }}

),

final as (

    select
        ride_id,
        city_id,
        scooter_id,
        status,
        start_latitude,
        start_longitude,
        start_x_m,
        start_y_m,
        start_hdop,
        end_latitude,
        end_longitude,
        end_x_m,
        end_y_m,
        end_hdop,
        start_battery_pct,
        cast(null as double precision) as end_battery_pct,
        distance_m,
        price,
        false as is_inferred,
        cast(null as double precision) as confidence,
        started_at,
        ended_at
    from mds_rides

    union all

    select
        ride_id,
        city_id,
        scooter_id,
        'completed' as status,
        start_latitude,
        start_longitude,
        start_x_m,
        start_y_m,
        null as start_hdop,
        end_latitude,
        end_longitude,
        end_x_m,
        end_y_m,
        null as end_hdop,
        start_battery_pct,
        end_battery_pct,
        -- What was ridden is not known: the straight distance stands in its own column.
        null as distance_m,
        null as price,
        true as is_inferred,
        confidence,
        started_at,
        ended_at
    from gbfs_rides

)

select * from final
