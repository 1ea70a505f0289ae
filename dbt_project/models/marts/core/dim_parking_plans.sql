with

plans as (

    select * from {{ ref('stg_planning__parkings') }}

),

parkings as (

    select * from {{ ref('int_parkings') }}

),

final as (

    -- A plan for a code that no parking has is left out: it names nothing that can hold scooters.
    select
        parkings.parking_id,
        parkings.city_id,
        plans.day_part,
        plans.minimum_count,
        plans.target_count,
        plans.maximum_count
    from plans
    inner join parkings
        on
            plans.city_id = parkings.city_id
            and plans.parking_code = parkings.parking_code

)

select * from final
