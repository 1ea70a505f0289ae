{{ config(materialized='view') }}

with

rides as (

    select
        city_id,
        user_id,
        started_at,
        ended_at,
        {{ row_hash([
            'ride_id', 'scooter_id', 'status', 'start_station_id', 'end_station_id',
            'start_x_m', 'start_y_m', 'start_hdop', 'end_x_m', 'end_y_m', 'end_hdop',
            'start_battery_pct', 'end_battery_pct', 'distance_m', 'path_length_m', 'price',
            'confidence', 'started_at', 'ended_at',
        ]) }} as row_hash,
        {{ utc_date('started_at') }} as start_date,
        {{ utc_date('ended_at') }} as end_date
    from {{ ref('int_rides_known') }}

),

points as (

    select * from {{ ref('int_points') }}
    where point_kind in ('service_event', 'ping')

),

final as (

    -- A ride arrives on the day of its end.
    select
        rides.city_id,
        days.utc_date,
        rides.row_hash,
        -- Who rode is forgotten in time.
        rides.user_id is not null and days.utc_date = rides.start_date as is_rider_known,
        days.last_at
    from rides
    cross join
        lateral (
            values
            (rides.start_date, coalesce(rides.ended_at, rides.started_at)),
            (case when rides.end_date > rides.start_date then rides.end_date end, rides.ended_at)
        ) as days (utc_date, last_at)
    where days.utc_date is not null

    union all

    select
        city_id,
        utc_date,
        {{ row_hash(['point_kind', 'point_id', 'x_m', 'y_m', 'tolerance_m']) }} as row_hash,
        false as is_rider_known,
        occurred_at as last_at
    from points

)

select * from final
