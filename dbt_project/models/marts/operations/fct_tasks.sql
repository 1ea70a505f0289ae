with

tasks as (

    select * from {{ ref('stg_ops__tasks') }}

),

times as (

    select * from {{ ref('int_task_times') }}

),

final as (

    select
        tasks.task_id,
        tasks.city_id,
        tasks.subject_id,
        tasks.scooter_id,
        tasks.parking_id,
        tasks.task_kind,
        tasks.status,
        tasks.scooter_code,
        tasks.reason_en,
        tasks.reason_el,
        tasks.closed_reason,
        tasks.done_by,
        tasks.latitude,
        tasks.longitude,
        tasks.scooter_count,
        tasks.battery_pct,
        tasks.priority,
        tasks.expected_value,
        cast(coalesce(times.stop_count, 0) as integer) as done_stop_count,
        {%- for name, since, until in [
            ('open_to_done', 'opened_at', 'done_at'),
            ('open_to_claimed', 'opened_at', 'claimed_at'),
            ('claimed_to_done', 'claimed_at', 'done_at'),
            ('done_to_verified', 'done_at', 'verified_at'),
        ] %}
        cast(extract(epoch from tasks.{{ until }} - tasks.{{ since }}) / 60 as double precision)
            as {{ name }}_min,
        {%- endfor %}
        times.travel_min,
        times.service_min,
        tasks.status in ('open', 'assigned') as is_open,
        tasks.done_at is not null as is_done,
        tasks.verified_at is not null as is_verified,
        tasks.opened_at,
        tasks.last_seen_at,
        tasks.claimed_at,
        tasks.done_at,
        tasks.verified_at,
        tasks.closed_at
    from tasks
    left join times on tasks.task_id = times.task_id

)

select * from final
