with

cities as (

    select * from {{ ref('dim_cities') }}

),

parkings as (

    select
        *,
        -- below_minimum already asks for what is missing up to the minimum.
        greatest(available_count, minimum_count) as covered_count
    from {{ ref('int_parkings_appraised') }}

),

final as (

    select
        parkings.city_id,
        'below_target' as task_kind,
        parkings.parking_id as subject_id,
        cast(null as text) as scooter_id,
        cast(null as text) as scooter_code,
        parkings.parking_id,
        parkings.latitude,
        parkings.longitude,
        parkings.x_m,
        parkings.y_m,
        parkings.target_count - parkings.covered_count as scooter_count,
        cast(null as double precision) as battery_pct,
        cast(1 as double precision) as urgency,
        -- Demand goes unserved in the share in which scooters are missing.
        parkings.expected_departures
        * (parkings.target_count - parkings.covered_count)
        / parkings.target_count as gained_rides,
        case parkings.available_count
            when 0 then 'No scooter here'
            when 1 then '1 scooter here'
            else parkings.available_count || ' scooters here'
        end || ', target ' || parkings.target_count as reason_en,
        case parkings.available_count
            when 0 then 'Κανένα πατίνι εδώ'
            when 1 then '1 πατίνι εδώ'
            else parkings.available_count || ' πατίνια εδώ'
        end || ', στόχος ' || parkings.target_count as reason_el
    from parkings
    inner join cities on parkings.city_id = cities.city_id
    where
        -- Out of service hours nobody rides; the night fills no parking.
        cities.is_in_service
        and parkings.covered_count < parkings.target_count

)

select * from final
