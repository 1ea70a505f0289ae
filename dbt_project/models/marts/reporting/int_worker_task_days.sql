with

tasks as (

    select * from {{ ref('fct_tasks') }}

),

cities as (

    select * from {{ ref('dim_cities') }}

),

final as (

    select
        tasks.done_by as worker_id,
        tasks.city_id,
        cast(tasks.done_at at time zone cities.timezone as date) as service_date,
        count(*) as done_task_count,
        count(*) filter (where tasks.is_verified) as verified_task_count
    from tasks
    inner join cities on tasks.city_id = cities.city_id
    -- A task that solved itself was nobody's work.
    where tasks.done_by is not null and tasks.done_at is not null
    group by
        tasks.done_by,
        tasks.city_id,
        cast(tasks.done_at at time zone cities.timezone as date)

)

select * from final
