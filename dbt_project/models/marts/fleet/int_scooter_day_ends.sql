with

cities as (

    select * from {{ ref('int_cities') }}

),

intervals as (

    select * from {{ ref('int_scooter_state_intervals') }}

),

ends as (

    -- The running day ends at the clock.
    select
        intervals.*,
        days.service_date,
        cast(days.service_date as timestamp) at time zone cities.timezone as day_start_at,
        least(
            cast(days.service_date + 1 as timestamp) at time zone cities.timezone,
            cities.as_of_at
        ) as day_end_at
    from intervals
    inner join cities on intervals.city_id = cities.city_id
    cross join lateral (
        select cast(dates.day_at as date) as service_date
        from
            generate_series(
                date_trunc('day', intervals.started_at at time zone cities.timezone),
                date_trunc('day', intervals.ended_at at time zone cities.timezone),
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
        cast(extract(epoch from day_end_at - idle_since_at) / 3600 as double precision) as idle_h
    from ends
    where
        day_end_at > started_at
        and day_end_at <= ended_at
        -- At a clock of midnight the next day has not begun.
        and day_end_at > day_start_at

)

select * from final
