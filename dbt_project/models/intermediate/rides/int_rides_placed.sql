{{ config(materialized='view') }}

with

rides as (

    select * from {{ ref('int_rides_known') }}

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

final as (

    select
        rides.*,
        -- A source that knows the station is believed.
        coalesce(start_stations.parking_id, starts.parking_id) as start_parking_id,
        coalesce(end_stations.parking_id, ends.parking_id) as end_parking_id,
        coalesce(start_stations.parking_id, starts.nearest_parking_id) as start_nearest_parking_id,
        coalesce(end_stations.parking_id, ends.nearest_parking_id) as end_nearest_parking_id,
        case when start_stations.parking_id is not null then 0 else starts.distance_m end
            as start_parking_distance_m,
        case when end_stations.parking_id is not null then 0 else ends.distance_m end
            as end_parking_distance_m,
        {{ distance_m('rides.start_x_m', 'rides.start_y_m', 'rides.end_x_m', 'rides.end_y_m') }}
            as straight_distance_m,
        -- Both ends are off by as much as their satellites allow.
        {{ var('gps_error_m') }} * (coalesce(rides.start_hdop, 1) + coalesce(rides.end_hdop, 1))
            as straight_error_m
    from rides
    left join starts on rides.ride_id = starts.point_id
    left join ends on rides.ride_id = ends.point_id
    left join parkings as start_stations on rides.start_station_id = start_stations.parking_id
    left join parkings as end_stations on rides.end_station_id = end_stations.parking_id

)

select * from final
