with

cities as (

    select * from {{ ref('int_cities') }}

),

strangers as (

    select * from {{ ref('int_scooter_strangers') }}

),

intervals as (

    select * from {{ ref('int_scooter_state_intervals') }}

),

days as (

    select distinct
        intervals.scooter_id,
        intervals.city_id,
        cast(local_days.day_at as date) as service_date
    from intervals
    inner join strangers on intervals.scooter_id = strangers.scooter_id
    inner join cities on intervals.city_id = cities.city_id
    cross join
        generate_series(
            date_trunc('day', intervals.started_at at time zone cities.timezone),
            intervals.ended_at at time zone cities.timezone,
            interval '1 day'
        ) as local_days (day_at)
    where local_days.day_at < intervals.ended_at at time zone cities.timezone

),

counted as (

    select
        *,
        count(*) over (partition by scooter_id, service_date) as city_count
    from days

),

final as (

    select
        scooter_id,
        city_id,
        service_date
    from counted
    where city_count > 1

)

select * from final
