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

current_intervals as (

    select * from intervals
    where is_current

),

final as (

    select
        scooters.scooter_id,
        scooters.city_id,
        current_intervals.parking_id,
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
    -- A retired scooter has a history but no present.
    where scooters.retired_at is null or scooters.retired_at > cities.as_of_at

)

select * from final
