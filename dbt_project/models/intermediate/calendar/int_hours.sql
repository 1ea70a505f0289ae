{{
    config(
        indexes=[
            {'columns': ['city_id', 'hour_at'], 'unique': true},
        ]
    )
}}

with

cities as (

    select * from {{ ref('int_cities') }}
    -- A city without a clock has no now, so no calendar.
    where as_of_at is not null

),

day_parts as (

    select * from {{ ref('day_parts') }}

),

holidays as (

    select distinct
        timezone,
        holiday_date
    from {{ ref('public_holidays') }}

),

bounds as (

    select
        city_id,
        timezone,
        -- From the first local midnight, so that the first day is whole.
        date_trunc(
            'day', least(coalesce(data_from_at, as_of_at), as_of_at) at time zone timezone
        ) at time zone timezone as first_hour_at,
        date_trunc('hour', as_of_at)
        + interval '{{ var("calendar_ahead_days") }} days' as last_hour_at
    from cities

),

hours as (

    -- Steps of UTC: a local day has 23, 24 or 25 of them.
    select
        bounds.city_id,
        bounds.timezone,
        spine.hour_at,
        spine.hour_at at time zone bounds.timezone as local_hour_at
    from bounds
    cross join
        generate_series(bounds.first_hour_at, bounds.last_hour_at, interval '1 hour')
            as spine (hour_at)

),

local_hours as (

    select
        city_id,
        timezone,
        hour_at,
        local_hour_at,
        cast(local_hour_at as date) as service_date,
        cast(extract(hour from local_hour_at) as integer) as hour_of_day,
        cast(extract(isodow from local_hour_at) as integer) as day_of_week
    from hours

),

final as (

    select
        local_hours.city_id,
        day_parts.day_part,
        local_hours.hour_of_day,
        local_hours.day_of_week,
        (local_hours.day_of_week - 1) * 24 + local_hours.hour_of_day as hour_of_week,
        holidays.holiday_date is not null as is_holiday,
        holidays.holiday_date is null and local_hours.day_of_week <= 5 as is_workday,
        local_hours.service_date,
        local_hours.hour_at,
        local_hours.local_hour_at
    from local_hours
    inner join day_parts
        on
            local_hours.hour_of_day >= day_parts.start_hour
            and local_hours.hour_of_day < day_parts.end_hour
    left join holidays
        on
            local_hours.timezone = holidays.timezone
            and local_hours.service_date = holidays.holiday_date

)

select * from final
