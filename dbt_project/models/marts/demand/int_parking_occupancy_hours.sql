-- depends_on: {{ ref('int_cities') }}
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        pre_hook="{{ forget_changed_days(this, ref('int_parking_days'), ref('int_cities')) }}",
        indexes=[
            {'columns': ['parking_id', 'hour_at'], 'unique': true},
            {'columns': ['city_id', 'utc_date']},
        ]
    )
}}

with

parking_days as (

    select * from {{ ref('int_parking_days') }}

),

parkings as (

    select * from {{ ref('int_parkings') }}

),

changes as (

    select * from {{ ref('int_parking_changes') }}

),

missing_days as (

    select parking_days.*
    from parking_days
    {%- if is_incremental() %}
    left join (
        {{- kept_days(this, ref('int_cities')) }}
    ) as kept
        on
            parking_days.city_id = kept.city_id
            and parking_days.utc_date = kept.utc_date
    where kept.city_id is null
    {%- endif %}

),

moments as (

    select
        changes.parking_id,
        changes.utc_date,
        missing_days.fingerprint,
        missing_days.ends_at,
        changes.changed_at as level_at,
        sum(changes.available_change) as available_change,
        sum(changes.standing_change) as standing_change
    from changes
    inner join missing_days
        on
            changes.city_id = missing_days.city_id
            and changes.utc_date = missing_days.utc_date
    group by changes.parking_id, changes.utc_date, fingerprint, ends_at, level_at

),

levels as (

    select
        moments.parking_id,
        moments.utc_date,
        moments.fingerprint,
        parkings.city_id,
        parkings.capacity_count,
        {{ dbt.date_trunc('hour', 'moments.level_at') }} as hour_at,
        cast(extract(epoch from (
            -- An empty parking has no change at the end of the day.
            coalesce(lead(moments.level_at) over by_time, moments.ends_at) - moments.level_at
        )) as double precision) / 60 as level_min,
        sum(moments.available_change) over by_time as available_count,
        sum(moments.standing_change) over by_time as standing_count
    from moments
    inner join parkings on moments.parking_id = parkings.parking_id
    window by_time as (
        partition by moments.parking_id, moments.utc_date order by moments.level_at
    )

),

final as (

    select
        parking_id,
        city_id,
        fingerprint as day_fingerprint,
        {{ rounded_min('sum(level_min * available_count)') }} as available_scooter_min,
        cast(min(available_count) as integer) as minimum_count,
        cast(max(available_count) as integer) as maximum_count,
        {{ rounded_min('sum(level_min) filter (where available_count = 0)') }} as empty_min,
        {{ rounded_min('sum(level_min) filter (where standing_count >= capacity_count)') }}
            as full_min,
        {{ rounded_min('sum(level_min)') }} as observed_min,
        utc_date,
        hour_at
    from levels
    -- The last change falls on midnight or on the clock itself, where no time has passed yet.
    where level_min > 0
    group by parking_id, city_id, fingerprint, utc_date, hour_at

)

select * from final
