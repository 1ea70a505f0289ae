with

intervals as (

    select * from {{ ref('int_scooter_state_intervals') }}
    -- Scooters ridden, carried or lost take no place at a parking.
    where
        parking_id is not null
        and state in ('available', 'low_battery', 'out_of_service')

),

parking_hours as (

    select * from {{ ref('int_parking_hours') }}

),

standing as (

    select
        intervals.parking_id,
        intervals.city_id,
        cast(days.day_at at time zone 'UTC' as date) as utc_date,
        case when intervals.state = 'available' then 1 else 0 end as available_count,
        greatest(intervals.started_at, days.day_at) as started_at,
        least(intervals.ended_at, days.day_at + interval '1 day') as ended_at
    from intervals
    cross join
        generate_series(
            date_trunc('day', intervals.started_at, 'UTC'), intervals.ended_at, interval '1 day'
        ) as days (day_at)
    -- An interval that ends at midnight has no part in the day that begins.
    where days.day_at < intervals.ended_at

),

final as (

    select
        parking_id,
        city_id,
        available_count as available_change,
        1 as standing_change,
        utc_date,
        started_at as changed_at
    from standing

    union all

    select
        parking_id,
        city_id,
        -available_count as available_change,
        -1 as standing_change,
        utc_date,
        ended_at as changed_at
    from standing

    union all

    -- Each full hour, so that no level spans two hours.
    select
        parking_id,
        city_id,
        0 as available_change,
        0 as standing_change,
        cast(hour_at at time zone 'UTC' as date) as utc_date,
        hour_at as changed_at
    from parking_hours

)

select * from final
