with

source as (

    select * from {{ source('raw_telemetry', 'pings') }}

),

final as (

    select
        city as city_id,
        scooter_code,
        latitude,
        longitude,
        x_m,
        y_m,
        hdop,
        speed_kmh,
        battery_pct,
        is_locked,
        firmware,
        source,
        reported_at,
        received_at
    from source

)

select * from final
