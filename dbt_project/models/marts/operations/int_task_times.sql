with

stop_times as (

    select * from {{ ref('int_stop_times') }}

),

final as (

    -- Tasks done at the same stop share its time, so that the times of tasks sum to those of stops.
    select
        served_tasks.task_id,
        count(*) as stop_count,
        {{ exact_sum('stop_times.travel_min / stop_times.task_count') }} as travel_min,
        {{ exact_sum('stop_times.service_min / stop_times.task_count') }} as service_min
    from stop_times
    cross join unnest(stop_times.task_ids) as served_tasks (task_id)
    group by served_tasks.task_id

)

select * from final
