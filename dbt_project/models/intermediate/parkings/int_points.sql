{{ config(materialized='view') }}

with

cities as (

    select * from {{ ref('int_cities') }}

),

-- Read once a branch: set aside, all of history would be, whatever little is asked for.
rides as not materialized (

    select * from {{ ref('int_rides_known') }}

),

service_events as (

    select * from {{ ref('int_service_events_known') }}

),

pings as (

    select * from {{ ref('int_ping_marks') }}
    -- The others stand where the scooter was known to stand.
    where is_place_mark

    union

    select * from {{ ref('int_newest_marks') }}

),

points as (

    select
        'ride_start' as point_kind,
        ride_id as point_id,
        city_id,
        start_x_m as x_m,
        start_y_m as y_m,
        start_hdop as hdop,
        {{ utc_date('started_at') }} as utc_date,
        started_at as occurred_at
    from rides

    union all

    select
        'ride_end' as point_kind,
        ride_id as point_id,
        city_id,
        end_x_m as x_m,
        end_y_m as y_m,
        end_hdop as hdop,
        -- A ride is worked anew as a whole, on the day of its start.
        {{ utc_date('started_at') }} as utc_date,
        ended_at as occurred_at
    from rides

    union all

    select
        'service_event' as point_kind,
        service_event_id as point_id,
        city_id,
        x_m,
        y_m,
        null as hdop,
        {{ utc_date('occurred_at') }} as utc_date,
        occurred_at
    from service_events

    union all

    select
        'ping' as point_kind,
        ping_id as point_id,
        city_id,
        x_m,
        y_m,
        hdop,
        {{ utc_date('reported_at') }} as utc_date,
        reported_at as occurred_at
    from pings

),

final as (

    select
        points.point_kind,
        points.point_id,
        points.city_id,
        points.x_m,
        points.y_m,
        {{ gps_tolerance_m('cities.gps_tolerance_m', 'points.hdop') }} as tolerance_m,
        points.utc_date,
        points.occurred_at
    from points
    inner join cities on points.city_id = cities.city_id
    -- A place that nobody recorded cannot be located.
    where points.x_m is not null and points.y_m is not null

)

select * from final
