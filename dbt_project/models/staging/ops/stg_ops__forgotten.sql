with

source as (

    select * from {{ source('ops', 'forgotten') }}

),

final as (

    select
        city_id,
        rides_before_at,
        pings_before_at
    from source

)

select * from final
