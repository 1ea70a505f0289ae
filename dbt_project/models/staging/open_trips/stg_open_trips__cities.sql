with

source as (

    select * from {{ source('raw_open_trips', 'cities') }}

),

final as (

    select
        city as city_id,
        name,
        timezone,
        crs,
        currency,
        depot_latitude,
        depot_longitude,
        depot_x_m,
        depot_y_m,
        loaded_at
    from source

)

select * from final
