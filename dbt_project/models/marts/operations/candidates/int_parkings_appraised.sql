with

cities as (

    select * from {{ ref('dim_cities') }}

),

parkings as (

    select * from {{ ref('dim_parkings') }}
    -- A closed parking is neither filled nor emptied.
    where is_active

),

planning_hours as (

    select * from {{ ref('int_planning_hours') }}

),

scooters as (

    select * from {{ ref('fct_scooter_states') }}

),

targets as (

    select * from {{ ref('stg_ml__parking_targets') }}

),

plans as (

    select * from {{ ref('dim_parking_plans') }}

),

standing as (

    select
        parking_id,
        count(*) filter (where state = 'available') as available_count,
        count(*) as standing_count
    from scooters
    where parking_id is not null and state in ('available', 'low_battery', 'out_of_service')
    group by parking_id

),

outlook as (

    select
        targets.parking_id,
        {{ exact_sum('targets.expected_departures') }} as expected_departures
    from targets
    inner join cities on targets.city_id = cities.city_id
    where
        targets.hour_at >= {{ dbt.date_trunc('hour', 'cities.as_of_at') }}
        and targets.hour_at
        < cities.as_of_at + interval '{{ var("task_value_hours", 12) }} hours'
    group by targets.parking_id

),

final as (

    select
        parkings.parking_id,
        parkings.city_id,
        parkings.name,
        parkings.latitude,
        parkings.longitude,
        parkings.x_m,
        parkings.y_m,
        cast(coalesce(standing.available_count, 0) as integer) as available_count,
        cast(coalesce(standing.standing_count, 0) as integer) as standing_count,
        parkings.capacity_count,
        -- The planner's word goes before the model's.
        cast(coalesce(plans.minimum_count, targets.minimum_count) as integer)
            as minimum_count,
        cast(coalesce(plans.target_count, targets.target_count) as integer) as target_count,
        cast(coalesce(plans.maximum_count, targets.maximum_count) as integer)
            as maximum_count,
        outlook.expected_departures,
        -- Rides that one scooter makes here: a fleet shares the parking's demand.
        outlook.expected_departures
        / greatest(coalesce(standing.available_count, 0), 1) as rides_per_scooter
    from parkings
    left join planning_hours on parkings.city_id = planning_hours.city_id
    left join standing on parkings.parking_id = standing.parking_id
    left join outlook on parkings.parking_id = outlook.parking_id
    left join targets
        on
            parkings.parking_id = targets.parking_id
            and planning_hours.hour_at = targets.hour_at
    left join plans
        on
            parkings.parking_id = plans.parking_id
            and planning_hours.day_part = plans.day_part

)

select * from final
