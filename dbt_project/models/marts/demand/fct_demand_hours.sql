with

parking_hours as (

    select * from {{ ref('fct_parking_hours') }}

),

calendar as (

    select * from {{ ref('int_parking_hours') }}

),

final as (

    select
        parking_hours.parking_id,
        parking_hours.city_id,
        calendar.latitude,
        calendar.longitude,
        calendar.x_m,
        calendar.y_m,
        calendar.hour_of_day,
        calendar.day_of_week,
        parking_hours.hour_of_week,
        parking_hours.departure_count as observed_departure_count,
        parking_hours.arrival_count as observed_arrival_count,
        parking_hours.unmet_search_count,
        parking_hours.empty_min,
        calendar.is_holiday,
        -- Whoever came while no scooter was there left no ride behind.
        parking_hours.empty_min > 0 as is_censored,
        parking_hours.service_date,
        parking_hours.hour_at,
        parking_hours.local_hour_at
    from parking_hours
    inner join calendar
        on
            parking_hours.parking_id = calendar.parking_id
            and parking_hours.hour_at = calendar.hour_at

)

select * from final
