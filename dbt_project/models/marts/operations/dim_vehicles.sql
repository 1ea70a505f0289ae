with

vehicles as (

    select * from {{ ref('stg_planning__vehicles') }}

),

final as (

    select
        vehicle_id,
        city_id,
        capacity_scooters,
        battery_stock
    from vehicles

)

select * from final
