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

ride_days as (

    select
        city_id,
        start_date,
        end_date,
        count(*) as row_count,
        sum(row_hash) as rows_hash,
        count(user_id) as known_rider_count,
        max(coalesce(ended_at, started_at)) as last_at
    from rides
    group by city_id, start_date, end_date

),

points as (

    select
        *,
        {{ row_hash(['point_kind', 'point_id', 'x_m', 'y_m', 'tolerance_m', 'occurred_at']) }}
            as row_hash
    from {{ ref('int_points') }}
    where point_kind in ('service_event', 'ping')

),

final as (

    select
        city_id,
        start_date as utc_date,
        row_count,
        rows_hash,
        -- Who rode is forgotten in time.
        known_rider_count,
        last_at
    from ride_days

    union all

    -- A ride arrives on the day of its end.
    select
        city_id,
        end_date as utc_date,
        row_count,
        rows_hash,
        0 as known_rider_count,
        last_at
    from ride_days
    where end_date > start_date

    union all

    select
        city_id,
        utc_date,
        count(*) as row_count,
        sum(row_hash) as rows_hash,
        0 as known_rider_count,
        max(occurred_at) as last_at
    from points
    group by city_id, utc_date

)

select * from final
