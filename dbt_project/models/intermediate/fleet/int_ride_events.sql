{{ config(materialized='view') }}

with

-- Read once a branch: set aside, all of history would be, whatever little is asked for.
rides as not materialized (

    select * from {{ ref('int_rides_located') }}
    -- A cancelled ride is an unlock without a trip: the scooter stayed available.
    where status <> 'cancelled'

),

final as (

    select
        scooter_id,
        city_id,
        'ride_start' as cause,
        4 as tie_order,
        ride_id as event_id,
        start_parking_id as parking_id,
        start_latitude as latitude,
        start_longitude as longitude,
        start_x_m as x_m,
        start_y_m as y_m,
        cast(null as double precision) as tolerance_m,
        start_battery_pct as battery_pct,
        false as is_place_mark,
        started_at as event_at
    from rides
    -- A ride without duration leaves its end only.
    where ended_at is null or ended_at > started_at

    union all

    select
        scooter_id,
        city_id,
        'ride_end' as cause,
        1 as tie_order,
        ride_id as event_id,
        end_parking_id as parking_id,
        end_latitude as latitude,
        end_longitude as longitude,
        end_x_m as x_m,
        end_y_m as y_m,
        null as tolerance_m,
        end_battery_pct as battery_pct,
        false as is_place_mark,
        ended_at as event_at
    from rides
    where ended_at is not null

)

select * from final
