with

source as (

    select * from {{ source('raw_mds', 'trips') }}

),

final as (

    select
        {{ feed_scoped_id('mds', 'trip_id') }} as ride_id,
        city as city_id,
        {{ feed_scoped_id('mds', 'device_id') }} as scooter_id,
        device_id,
        trip_type,
        parking_category,
        currency,
        start_latitude,
        start_longitude,
        start_x_m,
        start_y_m,
        start_accuracy_m,
        end_latitude,
        end_longitude,
        end_x_m,
        end_y_m,
        end_accuracy_m,
        duration_s,
        distance_m,
        cast(standard_cost as numeric(14, 2)) as standard_cost,
        cast(actual_cost as numeric(14, 2)) as actual_cost,
        -- Trips without a type are riders': only the others need to say what they are.
        coalesce('rider' = any(string_to_array(trip_type, ',')), true) as is_rider_trip,
        started_at,
        ended_at,
        published_at
    from source

)

select * from final
