with

cities as (

    select * from {{ ref('int_cities') }}

),

intervals as (

    select * from {{ ref('int_scooter_state_intervals') }}

),

moved as (

    -- Idle since it was last ridden or set down by the crew; a swap does not end idling.
    select
        *,
        coalesce(
            max(ended_at) filter (where state in ('on_trip', 'in_van', 'lost')) over so_far,
            min(started_at) over so_far
        ) as idle_since_at
    from intervals
    window so_far as (
        partition by scooter_id order by started_at
        rows between unbounded preceding and current row
    )

),

ends as (

    -- The running day ends at the clock.
    select
        moved.*,
        days.service_date,
        cast(days.service_date as timestamp) at time zone cities.timezone as day_start_at,
        least(
            cast(days.service_date + 1 as timestamp) at time zone cities.timezone,
            cities.as_of_at
        ) as day_end_at
    from moved
    inner join cities on moved.city_id = cities.city_id
    cross join lateral (
        select cast(dates.day_at as date) as service_date
        from
            generate_series(
                date_trunc('day', moved.started_at at time zone cities.timezone),
                date_trunc('day', moved.ended_at at time zone cities.timezone),
                interval '1 day'
            ) as dates (day_at)
    ) as days

),

final as (

    select
        scooter_id,
        city_id,
        service_date,
        state as last_state,
        parking_id as last_parking_id,
        case
            when state in ('available', 'low_battery', 'out_of_service')
                then
                    cast(
                        extract(epoch from day_end_at - idle_since_at) / 3600 as double precision
                    )
        end as idle_h
    from ends
    where
        day_end_at > started_at
        and day_end_at <= ended_at
        -- At a clock of midnight the next day has not begun.
        and day_end_at > day_start_at

)

select * from final
