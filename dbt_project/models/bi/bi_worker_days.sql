with

worker_days as (

    select * from {{ ref('rpt_worker_days') }}

),

cities as (

    select * from {{ ref('dim_cities') }}

),

final as (

    select
        worker_days.worker_id,
        worker_days.city_id,
        cities.name_en as city_name_en,
        cities.name_el as city_name_el,
        worker_days.service_date,
        worker_days.planned_stop_count,
        worker_days.done_stop_count,
        worker_days.problem_stop_count,
        worker_days.done_task_count,
        worker_days.verified_task_count,
        worker_days.verified_share,
        worker_days.planned_distance_m,
        worker_days.travel_min,
        worker_days.service_min,
        worker_days.worked_h,
        worker_days.first_begun_at,
        worker_days.first_begun_at at time zone cities.timezone as first_begun_local_at,
        worker_days.last_done_at,
        worker_days.last_done_at at time zone cities.timezone as last_done_local_at
    from worker_days
    inner join cities on worker_days.city_id = cities.city_id

)

select * from final
