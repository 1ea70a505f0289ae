{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['parking_id', 'hour_at'],
    on_schema_change='fail',
    indexes=[{'columns': ['parking_id', 'hour_at'], 'unique': true}],
    post_hook="delete from {{ this }} as later using {{ ref('int_cities') }} as cities"
        " where later.city_id = cities.city_id and later.hour_at >= cities.as_of_at",
) }}

with

parkings as (

    select * from {{ ref('int_parkings') }}

),

cities as (

    select * from {{ ref('int_cities') }}

),

changes as (

    select * from {{ ref('int_parking_changes') }}

),

{% if is_incremental() -%}
known as (

    select
        parking_id,
        capacity_count,
        max(hour_at) as last_hour_at
    from {{ this }}
    group by parking_id, capacity_count

),

-- A new parking or capacity changes a city's past, so that its window opens fully.
windows as (

    select
        cities.city_id,
        case
            when bool_or(known.parking_id is null) then cast('-infinity' as timestamptz)
            else
                least(min(known.last_hour_at), cities.as_of_at)
                - interval '{{ var("lookback_hours") }} hours'
        end as starts_at
    from parkings
    inner join cities on parkings.city_id = cities.city_id
    left join known
        on
            parkings.parking_id = known.parking_id
            and parkings.capacity_count is not distinct from known.capacity_count
    group by cities.city_id, cities.as_of_at

),
{%- else -%}
windows as (

    select
        city_id,
        cast('-infinity' as timestamptz) as starts_at
    from cities

),
{%- endif %}

-- What happened before the window makes up the level at its start.
moments as (

    select
        changes.parking_id,
        greatest(changes.changed_at, windows.starts_at) as level_at,
        sum(changes.available_change) as available_change,
        sum(changes.standing_change) as standing_change
    from changes
    inner join windows on changes.city_id = windows.city_id
    group by changes.parking_id, level_at

),

levels as (

    select
        moments.parking_id,
        parkings.city_id,
        parkings.capacity_count,
        {{ dbt.date_trunc('hour', 'moments.level_at') }} as hour_at,
        cast(extract(epoch from (
            coalesce(lead(moments.level_at) over by_time, cities.as_of_at) - moments.level_at
        )) as double precision) / 60 as level_min,
        sum(moments.available_change) over by_time as available_count,
        sum(moments.standing_change) over by_time as standing_count
    from moments
    inner join parkings on moments.parking_id = parkings.parking_id
    inner join cities on parkings.city_id = cities.city_id
    window by_time as (partition by moments.parking_id order by moments.level_at)

),

final as (

    select
        parking_id,
        city_id,
        capacity_count,
        sum(level_min * available_count) as available_scooter_min,
        cast(min(available_count) as integer) as minimum_count,
        cast(max(available_count) as integer) as maximum_count,
        coalesce(sum(level_min) filter (where available_count = 0), 0) as empty_min,
        coalesce(sum(level_min) filter (where standing_count >= capacity_count), 0) as full_min,
        sum(level_min) as observed_min,
        hour_at
    from levels
    -- The last change may fall on the clock itself, where no time has passed yet.
    where level_min > 0
    group by parking_id, city_id, capacity_count, hour_at

)

select * from final
