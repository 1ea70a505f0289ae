with

source as (

    select * from {{ source('raw_gbfs', 'geofencing_zones') }}

),

final as (

    select
        {{ feed_scoped_id('gbfs', 'zone_id') }} || '#' || part as zone_id,
        city as city_id,
        name,
        cast(part as integer) as part_number,
        vehicle_type_ids,
        rules_json,
        x_m,
        y_m,
        zone_geojson,
        {{ zone_polygon('zone_polygon_m') }} as zone_polygon,
        area_m2,
        maximum_speed_kmh,
        is_ride_start_allowed,
        is_ride_end_allowed,
        is_ride_through_allowed,
        is_station_parking,
        starts_at,
        ends_at,
        observed_at
    from source

)

select * from final
