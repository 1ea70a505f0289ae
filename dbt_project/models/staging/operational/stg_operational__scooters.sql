with

source as (

    select * from {{ source('raw_operational', 'scooters') }}

),

final as (

    select
        cast(id as text) as scooter_id,
        city as city_id,
        code as scooter_code,
        model,
        cast(battery_wh as integer) as battery_wh,
        status,
        commissioned_at,
        retired_at,
        updated_at
    from source

)

select * from final
