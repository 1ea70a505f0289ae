with

intervals as (

    select * from {{ ref('int_scooter_state_intervals') }}

),

parts as (

    select
        intervals.city_id,
        cast(days.day_at at time zone 'UTC' as date) as utc_date,
        concat_ws(
            '|',
            intervals.scooter_id,
            intervals.state,
            intervals.parking_id,
            extract(epoch from greatest(intervals.started_at, days.day_at)),
            extract(epoch from least(intervals.ended_at, days.day_at + interval '1 day'))
        ) as part_text
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
        city_id,
        -- Does not depend on the order of the rows; equal while no part of the day changed.
        cast(sum(hashtextextended(part_text, 0)) as text) as fingerprint,
        utc_date
    from parts
    group by city_id, utc_date

)

select * from final
