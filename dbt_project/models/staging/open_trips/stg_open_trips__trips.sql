with

source as (

    select * from {{ source('raw_open_trips', 'trips') }}

),

final as (

    select
        {{ city_scoped_id('trip_id') }} as ride_id,
        city as city_id,
        {{ city_scoped_id('vehicle_id') }} as scooter_id,
        vehicle_id as scooter_code,
        {{ city_scoped_id('start_station_id') }} as start_station_id,
        {{ city_scoped_id('end_station_id') }} as end_station_id,
        user_type,
        is_vehicle_inferred,
        start_latitude,
        start_longitude,
        start_x_m,
        start_y_m,
        end_latitude,
        end_longitude,
        end_x_m,
        end_y_m,
        distance_m,
        source_file,
        started_at,
        ended_at
    from source

)

select * from final
