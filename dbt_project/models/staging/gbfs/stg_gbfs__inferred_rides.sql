with

source as (

    select * from {{ source('raw_gbfs', 'inferred_rides') }}

),

final as (

    select
        {{ feed_scoped_id('gbfs', 'ride_key') }} as ride_id,
        city as city_id,
        {{ feed_scoped_id('gbfs', 'vehicle_id') }} as scooter_id,
        kind,
        reason,
        start_latitude,
        start_longitude,
        start_x_m,
        start_y_m,
        end_latitude,
        end_longitude,
        end_x_m,
        end_y_m,
        distance_m,
        start_battery_pct,
        end_battery_pct,
        battery_change_pct,
        cast(missed_count as integer) as missed_count,
        confidence,
        gap_started_at,
        gap_ended_at
    from source

)

select * from final
