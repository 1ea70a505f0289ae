with

parkings as (

    select
        *,
        -- below_minimum already asks for what is missing up to the minimum.
        greatest(available_count, minimum_count) as covered_count
    from {{ ref('int_parkings_appraised') }}

),

final as (

    select
        city_id,
        'below_target' as task_kind,
        parking_id as subject_id,
        cast(null as text) as scooter_id,
        cast(null as text) as scooter_code,
        parking_id,
        latitude,
        longitude,
        x_m,
        y_m,
        target_count - covered_count as scooter_count,
        cast(null as double precision) as battery_pct,
        cast(1 as double precision) as urgency,
        -- Demand goes unserved in the share in which scooters are missing.
        expected_departures
        * (target_count - covered_count)
        / target_count as gained_rides,
        case available_count
            when 0 then 'No scooter here'
            when 1 then '1 scooter here'
            else available_count || ' scooters here'
        end || ', target ' || target_count as reason_en,
        case available_count
            when 0 then 'Κανένα πατίνι εδώ'
            when 1 then '1 πατίνι εδώ'
            else available_count || ' πατίνια εδώ'
        end || ', στόχος ' || target_count as reason_el
    from parkings
    where covered_count < target_count

)

select * from final
