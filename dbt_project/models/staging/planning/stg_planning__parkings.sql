with

source as (

    select * from {{ source('raw_planning', 'parkings') }}

),

final as (

    select
        city as city_id,
        parking_code,
        day_part,
        cast(minimum_count as integer) as minimum_count,
        cast(target_count as integer) as target_count,
        cast(maximum_count as integer) as maximum_count,
        loaded_at
    from source

)

select * from final
