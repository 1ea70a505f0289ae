{{ config(materialized='view') }}

with

service_events as (

    select * from {{ ref('int_service_events_known') }}

),

parking_versions as (

    select * from {{ ref('int_parking_versions') }}

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
        coalesce(parking_versions.parking_id, located.parking_id) as parking_id,
        service_events.kind,
        coalesce(service_events.latitude, parking_versions.latitude) as latitude,
        coalesce(service_events.longitude, parking_versions.longitude) as longitude,
        coalesce(service_events.x_m, parking_versions.x_m) as x_m,
        coalesce(service_events.y_m, parking_versions.y_m) as y_m,
        service_events.battery_pct,
        service_events.occurred_at
    from service_events
    -- Where the parking was then: it may have moved since.
    left join parking_versions
        on
            service_events.parking_id = parking_versions.parking_id
            and service_events.occurred_at >= parking_versions.valid_from_at
            and service_events.occurred_at < parking_versions.valid_until_at
    left join located on service_events.service_event_id = located.point_id

)

select * from final
