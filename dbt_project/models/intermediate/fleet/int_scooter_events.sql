{{ config(materialized='view') }}

with

cities as (

    select * from {{ ref('int_cities') }}

),

scooters as (

    select * from {{ ref('int_scooters') }}

),

rides as (

    select * from {{ ref('int_rides_located') }}
    -- A cancelled ride is an unlock without a trip: the scooter stayed available.
    where status <> 'cancelled'

),

service_events as (

    select * from {{ ref('int_service_events_located') }}

),

pings as (

    select * from {{ ref('int_ping_marks') }}
    where is_place_mark or is_battery_mark or is_silence_end

),

silences as (

    select * from {{ ref('int_scooter_silences') }}

),

located as (

    select * from {{ ref('int_points_located') }}
    where point_kind = 'ping'

),

united as (

    -- tie_order: what comes first of several events of the same instant.
    select
        scooter_id,
        city_id,
        'ride_start' as cause,
        4 as tie_order,
        start_parking_id as parking_id,
        start_latitude as latitude,
        start_longitude as longitude,
        start_x_m as x_m,
        start_y_m as y_m,
        cast(null as double precision) as tolerance_m,
        start_battery_pct as battery_pct,
        started_at as event_at
    from rides
    -- A ride without duration leaves its end only.
    where ended_at is null or ended_at > started_at

    union all

    select
        scooter_id,
        city_id,
        'ride_end' as cause,
        1 as tie_order,
        end_parking_id as parking_id,
        end_latitude as latitude,
        end_longitude as longitude,
        end_x_m as x_m,
        end_y_m as y_m,
        null as tolerance_m,
        end_battery_pct as battery_pct,
        ended_at as event_at
    from rides
    where ended_at is not null

    union all

    select
        scooter_id,
        city_id,
        kind as cause,
        2 as tie_order,
        parking_id,
        latitude,
        longitude,
        x_m,
        y_m,
        null as tolerance_m,
        battery_pct,
        occurred_at as event_at
    from service_events

    union all

    -- Some operators only set the status of a scooter and log no event.
    select
        scooter_id,
        city_id,
        case status when 'lost' then 'reported_lost' else 'maintenance_start' end as cause,
        3 as tie_order,
        null as parking_id,
        null as latitude,
        null as longitude,
        null as x_m,
        null as y_m,
        null as tolerance_m,
        null as battery_pct,
        updated_at as event_at
    from scooters
    where status in ('lost', 'maintenance') and updated_at is not null

    union all

    select
        scooter_id,
        city_id,
        'silence' as cause,
        0 as tie_order,
        null as parking_id,
        null as latitude,
        null as longitude,
        null as x_m,
        null as y_m,
        null as tolerance_m,
        null as battery_pct,
        silent_from_at as event_at
    from silences

    union all

    select
        pings.scooter_id,
        pings.city_id,
        'ping' as cause,
        0 as tie_order,
        located.parking_id,
        pings.latitude,
        pings.longitude,
        pings.x_m,
        pings.y_m,
        pings.tolerance_m,
        pings.battery_pct,
        pings.reported_at as event_at
    from pings
    left join located on pings.ping_id = located.point_id

),

final as (

    select united.*
    from united
    inner join scooters on united.scooter_id = scooters.scooter_id
    inner join cities on united.city_id = cities.city_id
    where
        united.event_at < coalesce(scooters.retired_at, cities.as_of_at)
        and united.event_at >= cities.data_from_at

)

select * from final
