with

routes as (

    select * from {{ ref('stg_ops__routes') }}

),

stops as (

    select * from {{ ref('stg_ops__route_stops') }}
    where status = 'done'

),

followed as (

    select
        stops.stop_id,
        stops.task_ids,
        cardinality(stops.task_ids) as task_count,
        routes.worker_id,
        routes.city_id,
        routes.service_date,
        stops.begun_at,
        stops.done_at,
        lag(stops.done_at) over (
            partition by routes.worker_id, routes.shift_starts_at
            order by stops.begun_at, stops.done_at, stops.stop_id
        ) as previous_done_at
    from stops
    inner join routes on stops.route_id = routes.route_id

),

final as (

    select
        stop_id,
        task_ids,
        task_count,
        worker_id,
        city_id,
        service_date,
        -- A stop that was reported as done without having been begun, or together with another one,
        -- tells neither how long it took nor when the worker came.
        case
            when begun_at > previous_done_at and done_at > begun_at
                then cast(extract(epoch from begun_at - previous_done_at) as double precision) / 60
        end as travel_min,
        case
            when done_at > begun_at
                then cast(extract(epoch from done_at - begun_at) as double precision) / 60
        end as service_min,
        begun_at,
        done_at
    from followed

)

select * from final
