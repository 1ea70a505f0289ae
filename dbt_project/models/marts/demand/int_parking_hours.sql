with

cities as (

    select * from {{ ref('int_cities') }}

),

hours as (

    select * from {{ ref('int_hours') }}

),

parkings as (

    select * from {{ ref('int_parkings') }}

),

final as (

    select
        parkings.parking_id,
        parkings.city_id,
        hours.day_part,
        hours.hour_of_day,
        hours.day_of_week,
        hours.hour_of_week,
        parkings.capacity_count,
        parkings.latitude,
        parkings.longitude,
        parkings.x_m,
        parkings.y_m,
        hours.is_holiday,
        hours.service_date,
        hours.hour_at,
        hours.local_hour_at
    from parkings
    inner join cities on parkings.city_id = cities.city_id
    inner join hours on parkings.city_id = hours.city_id
    -- Hours still to come have weather and forecasts, but nothing was observed in them.
    where hours.hour_at < cities.as_of_at

)

select * from final
