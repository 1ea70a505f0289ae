-- depends_on: {{ ref('int_cities') }}
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='append_new_columns',
        pre_hook=[
            "{{ forget_changed_days(this, ref('int_parking_days'), ref('int_cities')) }}",
            "{{ join_by_hash() }}",
        ],
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

kept_days as (
    {{ kept_days(this, ref('int_cities')) }}
),

missing_days as (

    select parking_days.*
    from parking_days
    left join kept_days
        on
            parking_days.city_id = kept_days.city_id
            and parking_days.utc_date = kept_days.utc_date
    where kept_days.city_id is null

),

-- Changes of the same instant are peers of the window: each sees the level after all of them, and
-- only the last one lasts.
levels as (

    select
        changes.parking_id,
        changes.utc_date,
        parkings.city_id,
        parkings.capacity_count,
        {{ dbt.date_trunc('hour', 'changes.changed_at') }} as hour_at,
        cast(extract(epoch from (
            coalesce(lead(changes.changed_at) over in_day, missing_days.ends_at)
            - changes.changed_at
        )) as double precision) / 60 as level_min,
        sum(changes.available_change) over in_day as available_count,
        sum(changes.standing_change) over in_day as standing_count
    from changes
    inner join missing_days
        on
            changes.city_id = missing_days.city_id
            and changes.utc_date = missing_days.utc_date
    inner join parkings on changes.parking_id = parkings.parking_id
    window in_day as (partition by changes.parking_id, changes.utc_date order by changes.changed_at)

),

hours as (

    select
        parking_id,
        city_id,
        {{ rounded_min('sum(level_min * available_count)') }} as available_scooter_min,
        cast(min(available_count) as integer) as minimum_count,
        cast(max(available_count) as integer) as maximum_count,
        {{ rounded_min('sum(level_min) filter (where available_count = 0)') }} as empty_min,
        {{ rounded_min('sum(level_min) filter (where standing_count >= capacity_count)') }}
            as full_min,
        -- Scooters beyond the capacity stand beside the places, not in them.
        {{ rounded_min('sum(level_min * least(standing_count, capacity_count))') }}
            as occupied_place_min,
        {{ rounded_min('sum(level_min)') }} as observed_min,
        utc_date,
        hour_at
    from levels
    where level_min > 0
    group by parking_id, city_id, utc_date, hour_at

),

final as (

    select
        hours.*,
        missing_days.fingerprint as day_fingerprint
    from hours
    inner join missing_days
        on
            hours.city_id = missing_days.city_id
            and hours.utc_date = missing_days.utc_date

)

select * from final
