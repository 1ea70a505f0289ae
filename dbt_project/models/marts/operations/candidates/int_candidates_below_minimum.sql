with

cities as (

    select * from {{ ref('dim_cities') }}

),

parkings as (

    select * from {{ ref('int_parkings_appraised') }}

),

final as (

    select
        parkings.city_id,
        'below_minimum' as task_kind,
        parkings.parking_id as subject_id,
        cast(null as text) as scooter_id,
        cast(null as text) as scooter_code,
        parkings.parking_id,
        parkings.latitude,
        parkings.longitude,
        parkings.x_m,
        parkings.y_m,
        parkings.minimum_count - parkings.available_count as scooter_count,
        cast(null as double precision) as battery_pct,
        -- From 1 at the minimum to 2 when empty.
        2 - cast(parkings.available_count as double precision) / parkings.minimum_count
            as urgency,
        -- Demand goes unserved in the share in which scooters are missing.
        parkings.expected_departures
        * (parkings.minimum_count - parkings.available_count)
        / greatest(parkings.target_count, parkings.minimum_count) as gained_rides,
        case parkings.available_count
            when 0 then 'No scooter here'
            when 1 then '1 scooter here'
            else parkings.available_count || ' scooters here'
        end || ', minimum ' || parkings.minimum_count as reason_en,
        case parkings.available_count
            when 0 then 'Κανένα πατίνι εδώ'
            when 1 then '1 πατίνι εδώ'
            else parkings.available_count || ' πατίνια εδώ'
        end || ', ελάχιστο ' || parkings.minimum_count as reason_el
    from parkings
    inner join cities on parkings.city_id = cities.city_id
    where
        -- Out of service hours nobody rides; the night fills no parking.
        cities.is_in_service
        and parkings.available_count < parkings.minimum_count

)

select * from final
