{{ config(materialized='view') }}

with

rides as (

    select
        *,
        {{ row_hash([
            'ride_id', 'scooter_id', 'status', 'start_station_id', 'end_station_id',
            'start_x_m', 'start_y_m', 'start_hdop', 'end_x_m', 'end_y_m', 'end_hdop',
            'start_battery_pct', 'end_battery_pct', 'distance_m', 'path_length_m', 'price',
            'confidence', 'started_at', 'ended_at',
        ]) }} as row_hash,
        {{ utc_date('started_at') }} as start_date,
        {{ utc_date('ended_at') }} as end_date,
        -- Who rode is forgotten in time.
        user_id is not null as is_rider_known
    from {{ ref('int_rides_known') }}

),

points as (

    select * from {{ ref('int_points') }}
    where point_kind in ('service_event', 'ping')

),

final as (

    select
        city_id,
        start_date as utc_date,
        row_hash,
        is_rider_known,
        coalesce(ended_at, started_at) as last_at
    from rides

    union all

    -- A ride arrives on the day of its end.
    select
        city_id,
        end_date as utc_date,
        row_hash,
        false as is_rider_known,
        ended_at as last_at
    from rides
    where end_date > start_date

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
