{{
    incremental_by_day(
        'int_point_days',
        indexes=[
            {'columns': ['ride_id'], 'unique': true},
            {'columns': ['city_id', 'started_at']},
            {'columns': ['scooter_id', 'started_at']},
            {'columns': ['scooter_id', 'ended_at']},
        ],
    )
}}

{%- set since_at = first_missing_at(this, ref('int_point_days'), ref('int_cities')) %}

with

missing_days as (
    {{ missing_days(this, ref('int_point_days'), ref('int_cities')) }}
),

rides as (

    select
        rides.*,
        missing_days.day_fingerprint,
        missing_days.utc_date
    from {{ ref('int_rides_placed') }} as rides
    inner join missing_days
        on
            rides.city_id = missing_days.city_id
            and {{ utc_date('rides.started_at') }} = missing_days.utc_date
    where rides.started_at >= {{ since_at }}

),

hours as (

    select * from {{ ref('int_hours') }}

),

final as (

    select
        rides.ride_id,
        rides.city_id,
        rides.scooter_id,
        rides.start_parking_id,
        rides.end_parking_id,
        rides.start_nearest_parking_id,
        rides.end_nearest_parking_id,
        rides.user_id as user_hash,
        rides.status,
        hours.day_part,
        {{ day_kind('hours.is_holiday', 'hours.is_workday') }} as day_kind,
        rides.start_latitude,
        rides.start_longitude,
        rides.start_x_m,
        rides.start_y_m,
        rides.start_hdop,
        rides.end_latitude,
        rides.end_longitude,
        rides.end_x_m,
        rides.end_y_m,
        rides.end_hdop,
        rides.start_parking_distance_m,
        rides.end_parking_distance_m,
        rides.distance_m,
        rides.path_length_m,
        rides.straight_distance_m,
        -- A straight line shorter than its error says nothing: a round trip, or a fix that jumped,
        -- would pass for an endless detour.
        case
            when rides.straight_distance_m >= rides.straight_error_m
                then rides.path_length_m / nullif(rides.straight_distance_m, 0)
        end as detour_ratio,
        cast(extract(epoch from rides.ended_at - rides.started_at) as double precision) / 60
            as duration_min,
        rides.start_battery_pct,
        rides.end_battery_pct,
        rides.price,
        rides.confidence,
        rides.start_x_m is not null and rides.start_parking_id is null as is_start_outside,
        -- Unknown while the ride goes on.
        case
            when rides.end_x_m is not null then rides.end_parking_id is null
        end as is_end_outside,
        rides.is_inferred,
        rides.day_fingerprint,
        rides.utc_date,
        hours.service_date,
        hours.hour_at as start_hour_at,
        rides.started_at,
        rides.ended_at,
        hours.local_hour_at + (rides.started_at - hours.hour_at) as started_local_at
    from rides
    inner join hours
        on
            rides.city_id = hours.city_id
            and {{ dbt.date_trunc('hour', 'rides.started_at') }} = hours.hour_at

)

select * from final
