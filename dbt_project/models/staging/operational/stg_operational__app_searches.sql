with

source as (

    select * from {{ source('raw_operational', 'app_searches') }}

),

final as (

    select
        cast(id as text) as search_id,
        city as city_id,
        cast(available_count as integer) as available_count,
        latitude,
        longitude,
        x_m,
        y_m,
        searched_at
    from source

)

select * from final
