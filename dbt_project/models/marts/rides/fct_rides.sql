{{ incremental_by_day('int_point_days', on_schema_change='append_new_columns') }}

with

missing_days as (
    {{ missing_days(this, ref('int_point_days'), ref('int_cities')) }}
),

rides as (

    select
        rides.*,
        missing_days.day_fingerprint as ride_fingerprint
    from {{ ref('int_rides_located') }} as rides
    inner join missing_days
        on
            rides.city_id = missing_days.city_id
            and rides.utc_date = missing_days.utc_date

),

final as (

    select
        ride_id,
        city_id,
        scooter_id,
        user_hash,
        start_parking_id,
        end_parking_id,
        start_nearest_parking_id,
        end_nearest_parking_id,
        status,
        day_part,
        day_kind,
        start_latitude,
        start_longitude,
        start_x_m,
        start_y_m,
        start_hdop,
        start_parking_distance_m,
        end_latitude,
        end_longitude,
        end_x_m,
        end_y_m,
        end_hdop,
        end_parking_distance_m,
        distance_m,
        path_length_m,
        straight_distance_m,
        detour_ratio,
        duration_min,
        start_battery_pct,
        end_battery_pct,
        cast(price as numeric(14, 2)) as price,
        confidence,
        is_start_outside,
        is_end_outside,
        is_inferred,
        ride_fingerprint as day_fingerprint,
        utc_date,
        service_date,
        started_at,
        ended_at,
        started_local_at,
        start_hour_at
    from rides

)

select * from final
