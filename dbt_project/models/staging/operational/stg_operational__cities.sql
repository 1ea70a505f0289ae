with

source as (

    select * from {{ source('raw_operational', 'cities') }}

),

final as (

    select
        slug as city_id,
        name,
        timezone,
        currency,
        updated_at
    from source
    -- What the operator deleted, or no longer holds, is no city of theirs; its rides go with it.
    where deleted_at is null

)

select * from final
