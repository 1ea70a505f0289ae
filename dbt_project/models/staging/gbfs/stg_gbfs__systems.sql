with

source as (

    select * from {{ source('raw_gbfs', 'systems') }}

),

final as (

    select
        city as city_id,
        system_id,
        name,
        operator,
        timezone,
        currency,
        language,
        opening_hours,
        version,
        crs,
        centre_latitude,
        centre_longitude,
        centre_x_m,
        centre_y_m,
        observed_at
    from source

)

select * from final
