with

routes as (

    select * from {{ ref('stg_ops__routes') }}

),

stops as (

    select * from {{ ref('stg_ops__route_stops') }}

),

route_stops as (

    select
        route_id,
        count(*) as stop_count,
        count(*) filter (where status = 'done') as done_stop_count,
        count(*) filter (where status = 'problem') as problem_stop_count,
        coalesce(sum(scooter_count) filter (where action = 'pick_up'), 0) as picked_up_count,
        coalesce(sum(scooter_count) filter (where action = 'drop_off'), 0) as dropped_off_count,
        coalesce(sum(scooter_count) filter (where action = 'swap'), 0) as swap_count
    from stops
    group by route_id

),

final as (

    select
        routes.route_id,
        routes.city_id,
        routes.worker_id,
        routes.vehicle_id,
        routes.status,
        routes.version,
        routes.vehicle_capacity_count,
        routes.start_load_count,
        routes.start_battery_count,
        cast(coalesce(route_stops.stop_count, 0) as integer) as stop_count,
        cast(coalesce(route_stops.done_stop_count, 0) as integer) as done_stop_count,
        cast(coalesce(route_stops.problem_stop_count, 0) as integer) as problem_stop_count,
        cast(coalesce(route_stops.picked_up_count, 0) as integer) as picked_up_count,
        cast(coalesce(route_stops.dropped_off_count, 0) as integer) as dropped_off_count,
        cast(coalesce(route_stops.swap_count, 0) as integer) as swap_count,
        routes.distance_m,
        routes.duration_s / 60 as duration_min,
        routes.priority_served,
        -- No stop planned, no share.
        cast(route_stops.done_stop_count as double precision)
        / nullif(route_stops.stop_count, 0) as done_share,
        routes.service_date,
        routes.shift_starts_at,
        routes.shift_ends_at,
        routes.published_at
    from routes
    left join route_stops on routes.route_id = route_stops.route_id

)

select * from final
