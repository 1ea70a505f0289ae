with

source as (

    select * from {{ source('raw_operational', 'service_events') }}

),

final as (

    select
        cast(id as text) as service_event_id,
        city as city_id,
        cast(scooter_id as text) as scooter_id,
        cast(parking_id as text) as parking_id,
        worker as worker_id,
        kind,
        latitude,
        longitude,
        x_m,
        y_m,
        battery_pct,
        occurred_at,
        updated_at
    from source
    -- What the operator deleted, or no longer holds, did not happen; the raw row stays to be seen.
    where deleted_at is null

)

select * from final
