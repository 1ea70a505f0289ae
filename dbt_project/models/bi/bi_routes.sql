with

routes as (

    select * from {{ ref('fct_routes') }}

),

cities as (

    select * from {{ ref('dim_cities') }}

),

-- A plan is counted once, in the version in force: sums over versions are sums over routes. What
-- was done stays with the version it was done of.
final as (

    select
        routes.route_id,
        routes.city_id,
        cities.name_en as city_name_en,
        cities.name_el as city_name_el,
        routes.worker_id,
        routes.vehicle_id,
        routes.status,
        routes.version,
        {%- for name in ['vehicle_capacity_count', 'start_load_count', 'stop_count'] %}
        case when routes.status <> 'superseded' then routes.{{ name }} end as {{ name }},
        {%- endfor %}
        routes.done_stop_count,
        routes.problem_stop_count,
        routes.picked_up_count,
        routes.dropped_off_count,
        routes.swap_count,
        {%- for name in ['distance_m', 'duration_min', 'priority_served'] %}
        case when routes.status <> 'superseded' then routes.{{ name }} end as {{ name }},
        {%- endfor %}
        routes.done_share,
        routes.service_date,
        routes.shift_starts_at,
        routes.shift_starts_at at time zone cities.timezone as shift_starts_local_at,
        routes.shift_ends_at,
        routes.shift_ends_at at time zone cities.timezone as shift_ends_local_at,
        routes.published_at,
        routes.published_at at time zone cities.timezone as published_local_at
    from routes
    inner join cities on routes.city_id = cities.city_id

)

select * from final
