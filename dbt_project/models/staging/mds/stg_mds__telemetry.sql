with

source as (

    select * from {{ source('raw_mds', 'telemetry') }}

),

final as (

    select
        {{ feed_scoped_id('mds', 'device_id') }} as scooter_id,
        city as city_id,
        {{ feed_scoped_id('mds', 'stop_id') }} as parking_id,
        trip_ids,
        location_type,
        latitude,
        longitude,
        x_m,
        y_m,
        accuracy_m,
        speed_kmh,
        battery_pct,
        is_tipped_over,
        reported_at
    from source

)

select * from final
