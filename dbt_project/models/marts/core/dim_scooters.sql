with

scooters as (

    select * from {{ ref('int_scooters') }}

),

final as (

    select
        scooter_id,
        city_id,
        scooter_code,
        model,
        status,
        battery_wh,
        commissioned_at,
        retired_at
    from scooters

)

select * from final
