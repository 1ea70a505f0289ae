with

source as (

    select * from {{ source('raw_mds', 'vehicle_status') }}

),

final as (

    select
        {{ feed_scoped_id('mds', 'device_id') }} as scooter_id,
        city as city_id,
        {{ feed_scoped_id('mds', 'event_id') }} as service_event_id,
        vehicle_state,
        event_types,
        latitude,
        longitude,
        x_m,
        y_m,
        battery_pct,
        occurred_at,
        reported_at
    from source

)

select * from final
