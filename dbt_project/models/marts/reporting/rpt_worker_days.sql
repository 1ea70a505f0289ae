with

routes as (

    select * from {{ ref('fct_routes') }}

),

stop_times as (

    select * from {{ ref('int_stop_times') }}

),

task_days as (

    select * from {{ ref('int_worker_task_days') }}

),

route_days as (

    select
        worker_id,
        city_id,
        service_date,
        -- What a superseded version planned is in the next one; what was done of it counts.
        sum(stop_count) filter (where status <> 'superseded') as planned_stop_count,
        sum(distance_m) filter (where status <> 'superseded') as planned_distance_m,
        sum(done_stop_count) as done_stop_count,
        sum(problem_stop_count) as problem_stop_count
    from routes
    group by worker_id, city_id, service_date

),

time_days as (

    select
        worker_id,
        city_id,
        service_date,
        {{ exact_sum('travel_min') }} as travel_min,
        {{ exact_sum('service_min') }} as service_min,
        min(begun_at) as first_begun_at,
        max(done_at) as last_done_at
    from stop_times
    group by worker_id, city_id, service_date

),

days as (

    select
        worker_id,
        city_id,
        service_date
    from route_days

    union

    -- A shift past midnight is of the day on which it began, a task of the day it was done.
    select
        worker_id,
        city_id,
        service_date
    from task_days

),

final as (

    select
        days.worker_id,
        days.city_id,
        days.service_date,
        {%- for name in ['planned_stop', 'done_stop', 'problem_stop'] %}
        cast(coalesce(route_days.{{ name }}_count, 0) as integer) as {{ name }}_count,
        {%- endfor %}
        {%- for name in ['done_task', 'verified_task'] %}
        cast(coalesce(task_days.{{ name }}_count, 0) as integer) as {{ name }}_count,
        {%- endfor %}
        cast(task_days.verified_task_count as double precision)
        / nullif(task_days.done_task_count, 0) as verified_share,
        route_days.planned_distance_m,
        time_days.travel_min,
        time_days.service_min,
        cast(
            extract(epoch from time_days.last_done_at - time_days.first_begun_at) / 3600
            as double precision
        ) as worked_h,
        time_days.first_begun_at,
        time_days.last_done_at
    from days
    left join route_days
        on
            days.worker_id = route_days.worker_id
            and days.city_id = route_days.city_id
            and days.service_date = route_days.service_date
    left join time_days
        on
            days.worker_id = time_days.worker_id
            and days.city_id = time_days.city_id
            and days.service_date = time_days.service_date
    left join task_days
        on
            days.worker_id = task_days.worker_id
            and days.city_id = task_days.city_id
            and days.service_date = task_days.service_date

)

select * from final
