with

source as (

    select * from {{ source('ops', 'route_stops') }}

),

final as (

    select
        stop_id,
        route_id,
        parking_id,
        parking_name,
        stop_sequence,
        task_ids,
        action,
        title_en,
        title_el,
        reason_en,
        reason_el,
        scooter_codes,
        scooter_count,
        latitude,
        longitude,
        zone_geojson,
        load_before_count,
        load_after_count,
        battery_pct,
        status,
        problem,
        arrives_at,
        departs_at,
        begun_at,
        done_at
    from source

)

select * from final
