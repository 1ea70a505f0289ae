with

tasks as (

    select * from {{ ref('stg_ops__tasks') }}

),

final as (

    select
        task_id,
        city_id,
        subject_id,
        scooter_id,
        parking_id,
        task_kind,
        status,
        scooter_code,
        reason_en,
        reason_el,
        closed_reason,
        done_by,
        latitude,
        longitude,
        scooter_count,
        battery_pct,
        priority,
        expected_value,
        cast(extract(epoch from (done_at - opened_at)) / 60 as double precision)
            as open_to_done_min,
        status in ('open', 'assigned') as is_open,
        done_at is not null as is_done,
        verified_at is not null as is_verified,
        opened_at,
        last_seen_at,
        claimed_at,
        done_at,
        verified_at,
        closed_at
    from tasks

)

select * from final
