{{ config(materialized='view') }}

with

cities as (

    select * from {{ ref('int_cities') }}
    where fleet_feed = 'mds'

),

trips as (

    select trips.*
    from {{ ref('stg_mds__trips') }} as trips
    inner join cities on trips.city_id = cities.city_id

),

cancels as (

    select distinct events.ride_id
    from {{ ref('stg_mds__events') }} as events
    inner join cities on events.city_id = cities.city_id
    where
        events.occurred_at <= cities.as_of_at
        and 'trip_cancel' = any(string_to_array(events.event_types, ','))
        and events.ride_id is not null

),

under_way as (

    select * from {{ ref('int_mds_rides_under_way') }}

),

final as (

    select
        trips.ride_id,
        trips.city_id,
        trips.scooter_id,
        case
            when cancels.ride_id is not null then 'cancelled'
            when trips.ended_at is null then 'ongoing'
            else 'completed'
        end as status,
        trips.start_latitude,
        trips.start_longitude,
        trips.start_x_m,
        trips.start_y_m,
        {{ hdop_of_accuracy('trips.start_accuracy_m') }} as start_hdop,
        trips.end_latitude,
        trips.end_longitude,
        trips.end_x_m,
        trips.end_y_m,
        {{ hdop_of_accuracy('trips.end_accuracy_m') }} as end_hdop,
        cast(null as double precision) as start_battery_pct,
        trips.distance_m,
        trips.actual_cost as price,
        trips.started_at,
        trips.ended_at
    from trips
    left join cancels on trips.ride_id = cancels.ride_id
    -- Crews drive vehicles too: that is no ride.
    where trips.is_rider_trip

    union all

    select
        ride_id,
        city_id,
        scooter_id,
        'ongoing' as status,
        latitude as start_latitude,
        longitude as start_longitude,
        x_m as start_x_m,
        y_m as start_y_m,
        {{ hdop_of_accuracy('accuracy_m') }} as start_hdop,
        null as end_latitude,
        null as end_longitude,
        null as end_x_m,
        null as end_y_m,
        null as end_hdop,
        battery_pct as start_battery_pct,
        null as distance_m,
        null as price,
        occurred_at as started_at,
        null as ended_at
    from under_way

)

select * from final
