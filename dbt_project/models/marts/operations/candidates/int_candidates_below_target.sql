with

needs as (

    select * from {{ ref('int_parking_needs') }}

),

final as (

    select
        city_id,
        'below_target' as task_kind,
        subject_id,
        scooter_id,
        scooter_code,
        parking_id,
        latitude,
        longitude,
        x_m,
        y_m,
        -- below_minimum already asks for what is missing up to the minimum.
        missing_to_target_count as scooter_count,
        battery_pct,
        cast(1 as double precision) as urgency,
        -- Demand goes unserved in the share in which scooters are missing.
        expected_departures * missing_to_target_count / target_count as gained_rides,
        available_en || ', target ' || target_count as reason_en,
        available_el || ', στόχος ' || target_count as reason_el
    from needs
    -- A large parking is filled again once it lacks more than its slack, then up to the target.
    where
        missing_to_target_count
        > case when is_below_target_open then 0 else target_slack_count end

)

select * from final
