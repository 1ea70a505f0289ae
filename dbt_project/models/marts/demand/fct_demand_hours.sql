{{ incremental_by_day('int_parking_hour_days', on_schema_change='append_new_columns') }}

with

missing_days as (
    {{ missing_days(this, ref('int_parking_hour_days'), ref('int_cities')) }}
),

parking_hours as (

    select
        parking_hours.*,
        missing_days.day_fingerprint as demand_fingerprint
    from {{ ref('fct_parking_hours') }} as parking_hours
    inner join missing_days
        on
            parking_hours.city_id = missing_days.city_id
            and parking_hours.utc_date = missing_days.utc_date

),

parkings as (

    select * from {{ ref('int_parkings') }}

),

hours as (

    select * from {{ ref('int_hours') }}

),

final as (

    select
        parking_hours.parking_id,
        parking_hours.city_id,
        parkings.latitude,
        parkings.longitude,
        parkings.x_m,
        parkings.y_m,
        hours.hour_of_day,
        hours.day_of_week,
        parking_hours.hour_of_week,
        parking_hours.departure_count as observed_departure_count,
        parking_hours.arrival_count as observed_arrival_count,
        parking_hours.unmet_search_count,
        -- Of an hour in which it was not open no stock says anything.
        case when parking_hours.observed_min > 0 then parking_hours.empty_min end as empty_min,
        hours.is_holiday,
        -- Whoever came while no scooter was there left no ride behind.
        parking_hours.empty_min > 0 as is_censored,
        parking_hours.demand_fingerprint as day_fingerprint,
        parking_hours.utc_date,
        parking_hours.service_date,
        parking_hours.hour_at,
        parking_hours.local_hour_at
    from parking_hours
    inner join parkings on parking_hours.parking_id = parkings.parking_id
    inner join hours
        on
            parking_hours.city_id = hours.city_id
            and parking_hours.hour_at = hours.hour_at

)

select * from final
