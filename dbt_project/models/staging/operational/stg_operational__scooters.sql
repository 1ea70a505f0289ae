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
        -- A scooter that was deleted has left the fleet; its rides before that were real.
        case when deleted_at is null then status else 'retired' end as status,
        commissioned_at,
        least(retired_at, deleted_at) as retired_at,
        -- Its deletion is the last change of a row.
        coalesce(greatest(updated_at, deleted_at), commissioned_at) as updated_at
    from source

)

select * from final
