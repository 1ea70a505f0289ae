{{ incremental_by_day(
    'int_parking_days', indexes=[{'columns': ['parking_id', 'hour_at'], 'unique': true}]
) }}
with

intervals as (

    select * from {{ ref('int_scooter_state_intervals') }}
    -- Scooters ridden, carried or lost, be it by silence alone, take no place at a parking.
    where
        parking_id is not null and state in ('available', 'low_battery', 'out_of_service')
        and ended_at > {{ first_missing_at(this, ref('int_parking_days'), ref('int_cities')) }}

),

missing_days as (
    {{ missing_days(this, ref('int_parking_days'), ref('int_cities')) }}
),

standing as (
    {{ parts_of_days('intervals', 'missing_days') }}
),

changes as (

    select
        standing.parking_id,
        standing.city_id,
        case when standing.state = 'available' then sides.change else 0 end as available_change,
        sides.change as standing_change,
        standing.utc_date,
        sides.changed_at
    from standing
    cross join
        lateral (
            values (1, standing.started_at), (-1, standing.ended_at)
        ) as sides (change, changed_at)

    union all

    -- Each hour from the city's data to the clock, so that no level spans two hours, open or not.
    select
        parkings.parking_id,
        parkings.city_id,
        0 as available_change,
        0 as standing_change,
        missing_days.utc_date,
        greatest(hours.hour_at, missing_days.starts_at) as changed_at
    from missing_days
    inner join {{ ref('int_hours') }} as hours
        on
            missing_days.city_id = hours.city_id
            and missing_days.utc_date = {{ utc_date('hours.hour_at') }}
            and missing_days.starts_at < hours.hour_at + interval '1 hour'
            and missing_days.ends_at > hours.hour_at
    inner join {{ ref('int_parkings') }} as parkings on missing_days.city_id = parkings.city_id

),

-- Changes of one instant are peers: each sees the level after all of them; the last one lasts.
levels as (

    select
        changes.parking_id,
        changes.utc_date,
        missing_days.day_fingerprint,
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
    window in_day as (partition by changes.parking_id, changes.utc_date order by changes.changed_at)

),

final as (

    select
        levels.parking_id,
        openings.city_id,
        openings.capacity_count,
        levels.day_fingerprint,
        {{ rounded_min('sum(level_min * available_count)') }} as available_scooter_min,
        cast(min(levels.available_count) as integer) as minimum_count,
        cast(max(levels.available_count) as integer) as maximum_count,
        {{ rounded_min('sum(level_min) filter (where available_count = 0)') }} as empty_min,
        {{ rounded_min('sum(level_min) filter (where standing_count >= capacity_count)') }}
            as full_min,
        {{ rounded_min('sum(level_min * least(standing_count, capacity_count))') }}
            as occupied_place_min,
        {{ rounded_min('sum(level_min)') }} as observed_min,
        levels.utc_date,
        levels.hour_at
    from levels
    -- An hour is as it began: what closes, opens or grows within it does so from the next one.
    inner join {{ ref('int_parking_openings') }} as openings
        on
            levels.parking_id = openings.parking_id
            and levels.hour_at >= openings.open_from_at
            and levels.hour_at < openings.open_until_at
    where levels.level_min > 0
    group by
        levels.parking_id,
        openings.city_id,
        openings.capacity_count,
        levels.day_fingerprint,
        levels.utc_date,
        levels.hour_at

)

select * from final
