with

intervals as (

    select * from {{ ref('int_scooter_state_intervals') }}

),

parts as (

    select
        intervals.city_id,
        {{ utc_date('days.day_at') }} as utc_date,
        {{ row_hash([
            'intervals.scooter_id',
            'intervals.state',
            'intervals.parking_id',
            'intervals.idle_since_at',
            'greatest(intervals.started_at, days.day_at)',
            "least(intervals.ended_at, days.day_at + interval '1 day')",
        ]) }} as part_hash
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
        cast(sum(part_hash) as text) as fingerprint,
        utc_date
    from parts
    group by city_id, utc_date

)

select * from final
