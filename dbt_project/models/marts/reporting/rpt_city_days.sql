with

ride_days as (

    select * from {{ ref('int_city_ride_days') }}

),

fleet as (

    select
        city_id,
        service_date,
        count(*) filter (where deployed_min > 0) as deployed_scooters,
        count(*) filter (where ride_count > 0) as active_scooters,
        {{ sum_of_min('available_min') }} as available_min,
        {{ sum_of_min('on_trip_min') }} as on_trip_min,
        {{ sum_of_min('deployed_min') }} as deployed_min,
        sum(swap_count) as battery_swap_count
    from {{ ref('fct_scooter_days') }}
    group by city_id, service_date

),

-- Scooters that are in no fleet, or left it, may be ridden all the same.
days as (

    select city_id, service_date from fleet  -- noqa: LT09
    union
    select city_id, service_date from ride_days  -- noqa: LT09

),

search_days as (

    select
        city_id,
        service_date,
        sum(unmet_search_count) as unmet_search_count
    from {{ ref('int_parking_day_parts') }}
    group by city_id, service_date

),

final as (

    select
        days.city_id,
        days.service_date,
        cast(coalesce(ride_days.ride_count, 0) as integer) as ride_count,
        cast(coalesce(ride_days.inferred_ride_count, 0) as integer) as inferred_ride_count,
        -- Trip files and open feeds do not name riders.
        case
            when
                cities.data_source = 'operational'
                and (ride_days.known_rider_count > 0 or ride_days.ride_count is null)
                then cast(coalesce(ride_days.known_rider_count, 0) as integer)
        end as rider_count,
        -- Trip files have no prices, which is not revenue 0; a day without a ride is.
        cast(
            case
                when cities.data_source <> 'operational' then null
                when ride_days.ride_count > 0 then ride_days.revenue
                else 0
            end as numeric(14, 2)
        ) as revenue,
        case when ride_days.ride_count > 0 then ride_days.distance_km else 0 end as distance_km,
        cast(coalesce(ride_days.ended_ride_count, 0) as integer) as ended_ride_count,
        ride_days.duration_min / nullif(ride_days.ended_ride_count, 0) as average_duration_min,
        {%- for name in ['deployed_scooters', 'active_scooters'] %}
        cast(coalesce(fleet.{{ name }}, 0) as integer) as {{ name }},
        {%- endfor %}
        {%- for name in ['deployed_min', 'available_min', 'on_trip_min'] %}
        coalesce(fleet.{{ name }}, 0) as {{ name }},
        {%- endfor %}
        cast(coalesce(ride_days.ride_count, 0) as double precision)
        / nullif(fleet.deployed_scooters, 0) as trips_per_scooter,
        cast(fleet.active_scooters as double precision)
        / nullif(fleet.deployed_scooters, 0) as active_share,
        (fleet.deployed_min - fleet.on_trip_min) / nullif(fleet.deployed_min, 0) as idle_share,
        fleet.available_min / nullif(fleet.deployed_min, 0) as availability_share,
        cast(search_days.unmet_search_count as integer) as unmet_search_count,
        cast(coalesce(ride_days.outside_end_count, 0) as integer) as outside_end_count,
        cast(coalesce(ride_days.located_end_count, 0) as integer) as located_end_count,
        cast(ride_days.outside_end_count as double precision)
        / nullif(ride_days.located_end_count, 0) as outside_end_share,
        cast(fleet.battery_swap_count as integer) as battery_swap_count,
        cities.currency
    from days
    inner join {{ ref('dim_cities') }} as cities on days.city_id = cities.city_id
    left join fleet
        on days.city_id = fleet.city_id and days.service_date = fleet.service_date
    left join ride_days
        on days.city_id = ride_days.city_id and days.service_date = ride_days.service_date
    left join search_days
        on days.city_id = search_days.city_id and days.service_date = search_days.service_date

)

select * from final
