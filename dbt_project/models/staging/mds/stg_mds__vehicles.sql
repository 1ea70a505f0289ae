with

source as (

    select * from {{ source('raw_mds', 'vehicles') }}

),

final as (

    select
        {{ feed_scoped_id('mds', 'device_id') }} as scooter_id,
        city as city_id,
        provider_id,
        device_id,
        coalesce(vehicle_id, device_id) as scooter_code,
        vehicle_type,
        nullif(concat_ws(' ', make, model), '') as model,
        model_year,
        propulsion_types,
        battery_mah,
        maximum_speed_kmh
    from source

)

select * from final
