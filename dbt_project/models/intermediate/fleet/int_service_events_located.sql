{{ config(materialized='view') }}

with

service_events as (

    select * from {{ ref('int_service_events_known') }}

),

parkings as (

    select * from {{ ref('int_parkings') }}

),

located as (

    select * from {{ ref('int_points_located') }}
    where point_kind = 'service_event'

),

final as (

    select
        service_events.service_event_id,
        service_events.scooter_id,
        service_events.city_id,
        service_events.worker_id,
        -- A worker who names the parking knows better than the phone's position.
        coalesce(parkings.parking_id, located.parking_id) as parking_id,
        service_events.kind,
        coalesce(service_events.latitude, parkings.latitude) as latitude,
        coalesce(service_events.longitude, parkings.longitude) as longitude,
        coalesce(service_events.x_m, parkings.x_m) as x_m,
        coalesce(service_events.y_m, parkings.y_m) as y_m,
        service_events.battery_pct,
        service_events.occurred_at
    from service_events
    left join parkings on service_events.parking_id = parkings.parking_id
    left join located on service_events.service_event_id = located.point_id

)

select * from final
