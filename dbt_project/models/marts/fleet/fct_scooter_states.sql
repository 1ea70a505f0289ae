with

intervals as (

    select * from {{ ref('int_scooter_state_intervals') }}

),

scooters as (

    select * from {{ ref('int_scooters') }}

),

cities as (

    select * from {{ ref('int_cities') }}

),

pings as (

    select * from {{ ref('int_latest_pings') }}

),

versions as (

    select * from {{ ref('int_parking_versions') }}

),

zones as (

    select * from {{ ref('int_parking_zones') }}

),

current_intervals as (

    select * from intervals
    where is_current

),

left_behind as (

    -- Its parking was closed or moved since it came to stand there.
    select current_intervals.scooter_id
    from current_intervals
    inner join cities on current_intervals.city_id = cities.city_id
    inner join versions
        on
            current_intervals.parking_id = versions.parking_id
            and cities.as_of_at >= versions.valid_from_at
            and cities.as_of_at < versions.valid_until_at
    left join zones
        on
            current_intervals.parking_id = zones.parking_id
            and cities.as_of_at >= zones.valid_from_at
            and cities.as_of_at < zones.valid_until_at
            and current_intervals.parked_since_at < zones.valid_from_at
    where
        not versions.is_active and versions.valid_from_at > current_intervals.parked_since_at
        or {{ zone_distance_m(
            'zones.zone_polygon', 'current_intervals.x_m', 'current_intervals.y_m'
        ) }} > cities.gps_tolerance_m * {{ var('gps_widening_max') }}

),

final as (

    select
        scooters.scooter_id,
        scooters.city_id,
        case
            when left_behind.scooter_id is null then current_intervals.parking_id
        end as parking_id,
        scooters.scooter_code,
        current_intervals.state,
        current_intervals.mds_state,
        coalesce(current_intervals.latitude, pings.latitude) as latitude,
        coalesce(current_intervals.longitude, pings.longitude) as longitude,
        coalesce(current_intervals.x_m, pings.x_m) as x_m,
        coalesce(current_intervals.y_m, pings.y_m) as y_m,
        -- A ping from before the interval, such as before a swap, says nothing of the charge now.
        case
            when pings.last_reported_at >= current_intervals.started_at then pings.battery_pct
            else
                coalesce(
                    current_intervals.end_battery_pct,
                    current_intervals.start_battery_pct,
                    pings.battery_pct
                )
        end as battery_pct,
        cast(
            extract(epoch from (cities.as_of_at - current_intervals.idle_since_at)) / 3600
            as double precision
        ) as idle_h,
        cast(
            extract(epoch from (cities.as_of_at - pings.last_reported_at)) / 3600
            as double precision
        ) as silent_h,
        current_intervals.started_at as since_at,
        pings.last_reported_at
    from scooters
    inner join cities on scooters.city_id = cities.city_id
    inner join current_intervals on scooters.scooter_id = current_intervals.scooter_id
    left join pings on scooters.scooter_id = pings.scooter_id
    left join left_behind on current_intervals.scooter_id = left_behind.scooter_id
    -- A retired scooter has a history but no present.
    where scooters.retired_at is null or scooters.retired_at > cities.as_of_at

)

select * from final
