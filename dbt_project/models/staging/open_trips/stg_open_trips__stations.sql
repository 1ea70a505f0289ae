with

source as (

    select * from {{ source('raw_open_trips', 'stations') }}

),

final as (

    select
        {{ city_scoped_id('station_id') }} as parking_id,
        city as city_id,
        station_id as parking_code,
        name,
        cast(capacity as integer) as capacity_count,
        latitude,
        longitude,
        x_m,
        y_m,
        zone_geojson,
        {{ zone_polygon('zone_polygon_m') }} as zone_polygon,
        area_m2
    from source

)

select * from final
