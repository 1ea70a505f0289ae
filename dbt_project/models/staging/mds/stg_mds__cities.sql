with

source as (

    select * from {{ source('raw_mds', 'cities') }}

),

final as (

    select
        city as city_id,
        provider_id,
        version,
        crs,
        currency,
        centre_latitude,
        centre_longitude,
        centre_x_m,
        centre_y_m,
        read_until as read_until_at
    from source

)

select * from final
