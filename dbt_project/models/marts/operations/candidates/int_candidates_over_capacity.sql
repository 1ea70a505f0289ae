with

needs as (

    select * from {{ ref('int_parking_needs') }}

),

final as (

    select
        city_id,
        'over_capacity' as task_kind,
        subject_id,
        scooter_id,
        scooter_code,
        parking_id,
        latitude,
        longitude,
        x_m,
        y_m,
        surplus_count as scooter_count,
        battery_pct,
        least(cast(standing_count as double precision) / greatest(limit_count, 1), 2) as urgency,
        cast(null as double precision) as gained_rides,
        standing_en
        || case
            when standing_count > limit_count then ', room for ' else ', were too many for '
        end
        || limit_count as reason_en,
        standing_el
        || case
            when standing_count > limit_count then ', χωράνε ' else ', ξεπερνούσαν τα '
        end
        || limit_count as reason_el
    from needs
    where surplus_count > 0

)

select * from final
