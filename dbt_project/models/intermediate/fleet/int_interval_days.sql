with

cities as (

    select * from {{ ref('int_cities') }}

),

timeline_days as (

    select * from {{ ref('int_timeline_days') }}

),

intervals as (

    select * from {{ ref('int_scooter_state_intervals') }}

),

strangers as (

    select * from {{ ref('int_scooter_strangers') }}

),

days as (

    select
        cities.city_id,
        {{ utc_date('days.day_at') }} as utc_date
    from cities
    cross join
        generate_series(
            date_trunc('day', cities.data_from_at, 'UTC'), cities.as_of_at, interval '1 day'
        ) as days (day_at)

),

numbered as (

    select
        days.city_id,
        days.utc_date,
        timeline_days.fingerprint,
        count(timeline_days.utc_date) over (
            partition by days.city_id order by days.utc_date
        ) as change_number
    from days
    left join timeline_days
        on
            days.city_id = timeline_days.city_id
            and days.utc_date = timeline_days.utc_date

),

so_far as (

    -- On a day without an event all states go on as they were.
    select
        city_id,
        utc_date,
        max(fingerprint) over (partition by city_id, change_number) as fingerprint
    from numbered

),

parts as (

    -- The states that do not depend on what happened before in their city alone: from before a
    -- scooter was seen, and of one that was seen in two cities.
    select
        intervals.city_id,
        {{ utc_date('days.day_at') }} as utc_date,
        sum({{ row_hash([
            'intervals.scooter_id',
            'intervals.state',
            'intervals.parking_id',
            'intervals.idle_since_at',
            'greatest(intervals.started_at, days.day_at)',
            "least(intervals.ended_at, days.day_at + interval '1 day')",
        ]) }}) as parts_hash
    from intervals
    left join strangers on intervals.scooter_id = strangers.scooter_id
    cross join
        generate_series(
            date_trunc('day', intervals.started_at, 'UTC'), intervals.ended_at, interval '1 day'
        ) as days (day_at)
    where
        (intervals.cause = 'first_seen' or strangers.scooter_id is not null)
        -- An interval that ends at midnight has no part in the day that begins.
        and days.day_at < intervals.ended_at
    group by intervals.city_id, {{ utc_date('days.day_at') }}

),

final as (

    select
        so_far.city_id,
        concat_ws('|', so_far.fingerprint, parts.parts_hash) as fingerprint,
        so_far.utc_date
    from so_far
    left join parts
        on
            so_far.city_id = parts.city_id
            and so_far.utc_date = parts.utc_date

)

select * from final
