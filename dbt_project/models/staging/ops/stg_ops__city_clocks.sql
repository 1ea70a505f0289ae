with

source as (

    select * from {{ source('ops', 'city_clocks') }}

),

final as (

    select
        city_id,
        as_of_at
    from source

)

select * from final
