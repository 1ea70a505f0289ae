with

parkings as (

    select * from {{ ref('int_parkings_appraised') }}

),

final as (

    select
        city_id,
        'below_minimum' as task_kind,
        parking_id as subject_id,
        cast(null as text) as scooter_id,
        cast(null as text) as scooter_code,
        parking_id,
        latitude,
        longitude,
        x_m,
        y_m,
        minimum_count - available_count as scooter_count,
        cast(null as double precision) as battery_pct,
        -- From 1 at the minimum to 2 when empty.
        2 - cast(available_count as double precision) / minimum_count
            as urgency,
        -- Demand goes unserved in the share in which scooters are missing.
        expected_departures
        * (minimum_count - available_count)
        / greatest(target_count, minimum_count) as gained_rides,
        case available_count
            when 0 then 'No scooter here'
            when 1 then '1 scooter here'
            else available_count || ' scooters here'
        end || ', minimum ' || minimum_count as reason_en,
        case available_count
            when 0 then 'Κανένα πατίνι εδώ'
            when 1 then '1 πατίνι εδώ'
            else available_count || ' πατίνια εδώ'
        end || ', ελάχιστο ' || minimum_count as reason_el
    from parkings
    where available_count < minimum_count

)

select * from final
