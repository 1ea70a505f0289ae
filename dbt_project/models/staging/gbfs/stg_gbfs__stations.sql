with

source as (

    select * from {{ source('raw_gbfs', 'stations') }}

),

final as (

    select
        {{ feed_scoped_id('gbfs', 'station_id') }} as parking_id,
        city as city_id,
        station_id as parking_code,
        coalesce(name, short_name, station_id) as name,
        parking_type,
        cast(capacity as integer) as capacity_count,
        latitude,
        longitude,
        x_m,
        y_m,
        zone_geojson,
        {{ zone_polygon('zone_polygon_m') }} as zone_polygon,
        area_m2,
        is_virtual,
        is_charging,
        is_area_drawn as is_zone_drawn,
        observed_at
    from source

)

select * from final
