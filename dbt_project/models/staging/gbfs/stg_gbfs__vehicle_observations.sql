with

source as (

    select * from {{ source('raw_gbfs', 'vehicle_observations') }}

),

final as (

    select
        {{ feed_scoped_id('gbfs', 'vehicle_id') }} as scooter_id,
        city as city_id,
        vehicle_id as scooter_code,
        {{ feed_scoped_id('gbfs', 'vehicle_type_id') }} as vehicle_type_id,
        {{ feed_scoped_id('gbfs', 'station_id') }} as parking_id,
        latitude,
        longitude,
        x_m,
        y_m,
        battery_pct,
        range_m,
        coalesce(is_reserved, false) as is_reserved,
        coalesce(is_disabled, false) as is_disabled,
        last_reported_at,
        observed_at
    from source

)

select * from final
