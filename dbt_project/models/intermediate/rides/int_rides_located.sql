{{
    config(
        indexes=[
            {'columns': ['ride_id'], 'unique': true},
            {'columns': ['city_id', 'started_at']},
            {'columns': ['scooter_id', 'started_at']},
        ]
    )
}}

with

rides as (

    select * from {{ ref('int_rides_known') }}

),

hours as (

    select * from {{ ref('int_hours') }}

),

parkings as (

    select * from {{ ref('int_parkings') }}

),

starts as (

    select * from {{ ref('int_points_located') }}
    where point_kind = 'ride_start'

),

ends as (

    select * from {{ ref('int_points_located') }}
    where point_kind = 'ride_end'

),

placed as (

    select
        rides.*,
        -- A source that knows the station is believed.
        coalesce(start_stations.parking_id, starts.parking_id) as start_parking_id,
        coalesce(end_stations.parking_id, ends.parking_id) as end_parking_id,
        case when start_stations.parking_id is not null then 0 else starts.distance_m end
            as start_parking_distance_m,
        case when end_stations.parking_id is not null then 0 else ends.distance_m end
            as end_parking_distance_m
    from rides
    left join starts on rides.ride_id = starts.point_id
    left join ends on rides.ride_id = ends.point_id
    left join parkings as start_stations on rides.start_station_id = start_stations.parking_id
    left join parkings as end_stations on rides.end_station_id = end_stations.parking_id

),

final as (

    select
        placed.ride_id,
        placed.city_id,
        placed.scooter_id,
        placed.start_parking_id,
        placed.end_parking_id,
        placed.user_id as user_hash,
        placed.status,
        hours.day_part,
        placed.start_latitude,
        placed.start_longitude,
        placed.start_x_m,
        placed.start_y_m,
        placed.start_hdop,
        placed.end_latitude,
        placed.end_longitude,
        placed.end_x_m,
        placed.end_y_m,
        placed.end_hdop,
        placed.start_parking_distance_m,
        placed.end_parking_distance_m,
        placed.distance_m,
        {{ distance_m('placed.start_x_m', 'placed.start_y_m', 'placed.end_x_m', 'placed.end_y_m') }}
            as straight_distance_m,
        cast(extract(epoch from placed.ended_at - placed.started_at) as double precision) / 60
            as duration_min,
        placed.start_battery_pct,
        placed.end_battery_pct,
        placed.price,
        placed.confidence,
        placed.start_x_m is not null and placed.start_parking_id is null as is_start_outside,
        -- Unknown while the ride goes on.
        case
            when placed.end_x_m is not null then placed.end_parking_id is null
        end as is_end_outside,
        placed.is_inferred,
        hours.service_date,
        hours.hour_at as start_hour_at,
        placed.started_at,
        placed.ended_at,
        hours.local_hour_at + (placed.started_at - hours.hour_at) as started_local_at
    from placed
    inner join hours
        on
            placed.city_id = hours.city_id
            and {{ dbt.date_trunc('hour', 'placed.started_at') }} = hours.hour_at

)

select * from final
