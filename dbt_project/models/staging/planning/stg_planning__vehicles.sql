with

source as (

    select * from {{ source('raw_planning', 'vehicles') }}

),

final as (

    select
        vehicle as vehicle_id,
        city as city_id,
        cast(capacity_scooters as integer) as capacity_scooters,
        cast(battery_stock as integer) as battery_stock,
        loaded_at
    from source

)

select * from final
