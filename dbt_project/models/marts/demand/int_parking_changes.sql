with

intervals as (

    select * from {{ ref('int_scooter_state_intervals') }}

),

parking_hours as (

    select * from {{ ref('int_parking_hours') }}

),

standing as (

    select
        parking_id,
        city_id,
        started_at,
        ended_at,
        case when state = 'available' then 1 else 0 end as available_count
    from intervals
    -- Scooters ridden, carried or lost take no place at a parking.
    where
        parking_id is not null
        and state in ('available', 'low_battery', 'out_of_service')

),

final as (

    select
        parking_id,
        city_id,
        available_count as available_change,
        1 as standing_change,
        started_at as changed_at
    from standing

    union all

    select
        parking_id,
        city_id,
        -available_count as available_change,
        -1 as standing_change,
        ended_at as changed_at
    from standing

    union all

    -- Each full hour, so that no level spans two hours.
    select
        parking_id,
        city_id,
        0 as available_change,
        0 as standing_change,
        hour_at as changed_at
    from parking_hours

)

select * from final
