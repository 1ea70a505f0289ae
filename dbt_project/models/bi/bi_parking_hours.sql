with

parking_hours as (

    select * from {{ ref('fct_parking_hours') }}

),

parkings as (

    select * from {{ ref('dim_parkings') }}

),

dates as (

    select * from {{ ref('dim_dates') }}

),

-- In an hour in which next to nobody rides, who left one parking is who came to another.
city_hours as (

    select
        city_id,
        hour_at,
        least(sum(departure_count), sum(arrival_count)) >= {{ var('arrivals_told_from') }}
            as is_told
    from {{ ref('int_parking_flows') }}
    group by city_id, hour_at

),

final as (

    select
        parking_hours.parking_id,
        parking_hours.city_id,
        parkings.parking_code,
        parkings.name as parking_name,
        parking_hours.day_part,
        dates.day_kind,
        parking_hours.hour_of_week,
        parking_hours.capacity_count,
        parking_hours.average_count,
        parking_hours.minimum_count,
        parking_hours.maximum_count,
        parking_hours.empty_min,
        parking_hours.full_min,
        parking_hours.occupied_place_min,
        parking_hours.place_min,
        parking_hours.utilisation_share,
        parking_hours.observed_min,
        parking_hours.planned_count,
        parking_hours.target_count,
        parking_hours.departure_count,
        case when city_hours.is_told then parking_hours.arrival_count end as arrival_count,
        parking_hours.unmet_search_count,
        parking_hours.service_date,
        parking_hours.hour_at,
        parking_hours.local_hour_at
    from parking_hours
    inner join parkings on parking_hours.parking_id = parkings.parking_id
    inner join dates
        on
            parking_hours.city_id = dates.city_id
            and parking_hours.service_date = dates.service_date
    left join city_hours
        on
            parking_hours.city_id = city_hours.city_id
            and parking_hours.hour_at = city_hours.hour_at

)

select * from final
