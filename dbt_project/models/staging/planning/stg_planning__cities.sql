with

source as (

    select * from {{ source('raw_planning', 'cities') }}

),

final as (

    select
        city as city_id,
        name_en,
        name_el,
        timezone,
        crs,
        currency,
        gps_tolerance_m,
        low_battery_pct,
        idle_hours,
        silent_hours,
        stale_hours,
        search_radius_m,
        cast(ride_value as numeric(14, 2)) as ride_value,
        cast(move_cost as numeric(14, 2)) as move_cost,
        depot_latitude,
        depot_longitude,
        depot_x_m,
        depot_y_m,
        cast(service_start_hour as integer) as service_start_hour,
        cast(service_end_hour as integer) as service_end_hour,
        loaded_at
    from source

)

select * from final
