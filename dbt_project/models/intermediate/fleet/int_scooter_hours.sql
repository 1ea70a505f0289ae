-- depends_on: {{ ref('int_cities') }}
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        pre_hook=[
            "{{ forget_changed_days(this, ref('int_interval_days'), ref('int_cities')) }}",
            "{{ join_by_hash() }}",
        ],
        indexes=[{'columns': ['city_id', 'utc_date']}]
    )
}}

with

interval_days as (

    select * from {{ ref('int_interval_days') }}

),

kept_days as (
    {{ kept_days(this, ref('int_cities')) }}
),

intervals as (

    select * from {{ ref('int_scooter_state_intervals') }}

),

missing_days as (

    select
        interval_days.city_id,
        interval_days.utc_date,
        interval_days.fingerprint,
        cast(interval_days.utc_date as timestamp) at time zone 'UTC' as day_at
    from interval_days
    left join kept_days
        on
            interval_days.city_id = kept_days.city_id
            and interval_days.utc_date = kept_days.utc_date
    where kept_days.city_id is null

),

parts as (

    select
        intervals.scooter_id,
        intervals.city_id,
        intervals.parking_id,
        intervals.state,
        missing_days.fingerprint,
        missing_days.utc_date,
        greatest(intervals.started_at, missing_days.day_at) as started_at,
        least(intervals.ended_at, missing_days.day_at + interval '1 day') as ended_at
    from intervals
    inner join missing_days
        on
            intervals.city_id = missing_days.city_id
            and intervals.started_at < missing_days.day_at + interval '1 day'
            and intervals.ended_at > missing_days.day_at

),

hour_parts as (

    select
        parts.scooter_id,
        parts.city_id,
        parts.parking_id,
        parts.state,
        parts.fingerprint,
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
        fingerprint as day_fingerprint,
        cast(extract(epoch from sum(duration)) as double precision) / 60 as duration_min,
        utc_date,
        hour_at
    from hour_parts
    group by scooter_id, city_id, parking_id, state, fingerprint, utc_date, hour_at

)

select * from final
