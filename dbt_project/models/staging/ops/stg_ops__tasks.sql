with

source as (

    select * from {{ source('ops', 'tasks') }}

),

final as (

    select
        task_id,
        city_id,
        task_kind,
        subject_id,
        scooter_id,
        scooter_code,
        parking_id,
        latitude,
        longitude,
        x_m,
        y_m,
        scooter_count,
        battery_pct,
        priority,
        expected_value,
        reason_en,
        reason_el,
        status,
        done_by,
        closed_reason,
        missing_count,
        opened_at,
        last_seen_at,
        claimed_at,
        done_at,
        verified_at,
        closed_at
    from source

)

select * from final
