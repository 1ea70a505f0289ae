with

source as (

    select * from {{ source('raw_mds', 'events') }}

),

final as (

    select
        {{ feed_scoped_id('mds', 'event_id') }} as service_event_id,
        city as city_id,
        {{ feed_scoped_id('mds', 'device_id') }} as scooter_id,
        {{ feed_scoped_id('mds', 'stop_id') }} as parking_id,
        -- An event belongs to one trip, but for vehicles that several people share.
        {{ feed_scoped_id('mds', "split_part(trip_ids, ',', 1)") }} as ride_id,
        device_id,
        vehicle_state,
        event_types,
        geography_ids,
        latitude,
        longitude,
        x_m,
        y_m,
        accuracy_m,
        battery_pct,
        occurred_at,
        published_at
    from source

)

select * from final
