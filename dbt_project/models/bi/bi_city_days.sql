with

cities as (

    select * from {{ ref('dim_cities') }}

),

city_days as (

    select * from {{ ref('rpt_city_days') }}

),

final as (

    select
        city_days.city_id,
        cities.name_en as city_name_en,
        cities.name_el as city_name_el,
        city_days.service_date,
        city_days.ride_count,
        city_days.inferred_ride_count,
        city_days.rider_count,
        city_days.revenue,
        city_days.currency,
        city_days.distance_km,
        city_days.ended_ride_count,
        city_days.average_duration_min,
        city_days.deployed_scooters,
        city_days.active_scooters,
        city_days.deployed_min,
        city_days.available_min,
        city_days.on_trip_min,
        city_days.trips_per_scooter,
        city_days.active_share,
        city_days.idle_share,
        city_days.availability_share,
        city_days.unmet_search_count,
        city_days.outside_end_count,
        city_days.located_end_count,
        city_days.outside_end_share,
        city_days.battery_swap_count,
        -- The day of the clock is not over: its counts are not to be compared with whole days.
        city_days.service_date < cast(cities.as_of_at at time zone cities.timezone as date)
            as is_complete
    from city_days
    inner join cities on city_days.city_id = cities.city_id

)

select * from final
