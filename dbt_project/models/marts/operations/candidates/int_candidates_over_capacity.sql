with

parkings as (

    select
        *,
        least(capacity_count, maximum_count) as limit_count
    from {{ ref('int_parkings_appraised') }}

),

final as (

    select
        city_id,
        'over_capacity' as task_kind,
        parking_id as subject_id,
        cast(null as text) as scooter_id,
        cast(null as text) as scooter_code,
        parking_id,
        latitude,
        longitude,
        x_m,
        y_m,
        cast(standing_count - limit_count as integer) as scooter_count,
        cast(null as double precision) as battery_pct,
        least(cast(standing_count as double precision) / greatest(limit_count, 1), 2) as urgency,
        cast(null as double precision) as gained_rides,
        case standing_count
            when 1 then '1 scooter here'
            else standing_count || ' scooters here'
        end || ', room for ' || limit_count as reason_en,
        case standing_count
            when 1 then '1 πατίνι εδώ'
            else standing_count || ' πατίνια εδώ'
        end || ', χωράνε ' || limit_count as reason_el
    from parkings
    where standing_count > limit_count

)

select * from final
