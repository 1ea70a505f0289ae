with

source as (

    select * from {{ source('ops', 'routes') }}

),

final as (

    select
        route_id,
        city_id,
        worker_id,
        vehicle_id,
        version,
        status,
        start_latitude,
        start_longitude,
        vehicle_capacity_count,
        start_load_count,
        start_battery_count,
        stop_count,
        distance_m,
        duration_s,
        priority_served,
        polyline,
        service_date,
        shift_starts_at,
        shift_ends_at,
        published_at
    from source

)

select * from final
