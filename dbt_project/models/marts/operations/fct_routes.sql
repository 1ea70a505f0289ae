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
        count(*) filter (where status = 'done') as done_stop_count,
        count(*) filter (where status = 'problem') as problem_stop_count,
        sum(scooter_count) filter (where action = 'pick_up') as picked_up_count,
        sum(scooter_count) filter (where action = 'drop_off') as dropped_off_count,
        sum(scooter_count) filter (where action = 'swap') as swap_count
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
        -- Stops move on to the version that supersedes theirs: the plan is counted as published.
        routes.stop_count,
        cast(coalesce(route_stops.done_stop_count, 0) as integer) as done_stop_count,
        cast(coalesce(route_stops.problem_stop_count, 0) as integer) as problem_stop_count,
        {%- for name in ['picked_up', 'dropped_off', 'swap'] %}
        -- What a superseded version was to move went with its stops.
        case
            when routes.status <> 'superseded'
                then cast(coalesce(route_stops.{{ name }}_count, 0) as integer)
        end as {{ name }}_count,
        {%- endfor %}
        routes.distance_m,
        routes.duration_s / 60 as duration_min,
        routes.priority_served,
        -- No stop planned, no share; the share of a superseded version is that of the next one.
        case
            when routes.status <> 'superseded'
                then
                    cast(coalesce(route_stops.done_stop_count, 0) as double precision)
                    / nullif(routes.stop_count, 0)
        end as done_share,
        routes.service_date,
        routes.shift_starts_at,
        routes.shift_ends_at,
        routes.published_at
    from routes
    left join route_stops on routes.route_id = route_stops.route_id

)

select * from final
