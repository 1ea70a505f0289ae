with

needs as (

    select * from {{ ref('int_parking_needs') }}

),

final as (

    select
        city_id,
        'below_minimum' as task_kind,
        subject_id,
        scooter_id,
        scooter_code,
        parking_id,
        latitude,
        longitude,
        x_m,
        y_m,
        missing_to_minimum_count as scooter_count,
        battery_pct,
        -- From 1 at the minimum to 2 when empty.
        greatest(2 - cast(available_count as double precision) / minimum_count, 1) as urgency,
        -- Demand goes unserved in the share in which scooters are missing.
        expected_departures
        * missing_to_minimum_count
        / greatest(target_count, minimum_count) as gained_rides,
        available_en
        || case
            when available_count < minimum_count then ', minimum ' else ', was below the minimum '
        end
        || minimum_count as reason_en,
        available_el
        || case
            when available_count < minimum_count
                then ', ελάχιστο '
            else ', ήταν κάτω από το ελάχιστο '
        end
        || minimum_count as reason_el
    from needs
    where missing_to_minimum_count > 0

)

select * from final
