with

cities as (

    select * from {{ ref('dim_cities') }}

),

tasks as (

    select * from {{ ref('stg_ops__tasks') }}

),

final as (

    select distinct
        tasks.city_id,
        tasks.task_kind,
        tasks.subject_id
    from tasks
    inner join cities on tasks.city_id = cities.city_id
    where
        -- As they were before the run of this clock, so that running it again changes nothing.
        tasks.opened_at < cities.as_of_at
        and (
            -- One that is done has to be asked for anew: only then may it be opened again.
            tasks.status in ('open', 'assigned')
            or (tasks.closed_reason = 'solved' and tasks.closed_at = cities.as_of_at)
        )

)

select * from final
