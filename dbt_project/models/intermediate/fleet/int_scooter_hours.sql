{{ incremental_by_day('int_interval_days', indexes=[]) }}

with

intervals as (

    select * from {{ ref('int_scooter_state_intervals') }}

),

missing_days as (
    {{ missing_days(this, ref('int_interval_days'), ref('int_cities')) }}
),

parts as (
    {{ parts_of_days('intervals', 'missing_days') }}
),

hour_parts as (

    select
        parts.scooter_id,
        parts.city_id,
        parts.parking_id,
        parts.state,
        parts.day_fingerprint,
        parts.utc_date,
        hours.hour_at,
        least(parts.ended_at, hours.hour_at + interval '1 hour')
        - greatest(parts.started_at, hours.hour_at) as duration
    from parts
    cross join
        generate_series(
            {{ dbt.date_trunc('hour', 'parts.started_at') }}, parts.ended_at, interval '1 hour'
        ) as hours (hour_at)
    -- An interval that ends on the hour has no part in the hour that begins.
    where hours.hour_at < parts.ended_at

),

final as (

    select
        scooter_id,
        city_id,
        parking_id,
        state,
        day_fingerprint,
        cast(extract(epoch from sum(duration)) as double precision) / 60 as duration_min,
        utc_date,
        hour_at
    from hour_parts
    group by scooter_id, city_id, parking_id, state, day_fingerprint, utc_date, hour_at

)

select * from final
