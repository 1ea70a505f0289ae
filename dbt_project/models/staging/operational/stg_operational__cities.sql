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

)

select * from final
