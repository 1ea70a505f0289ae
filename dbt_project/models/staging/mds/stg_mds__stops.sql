with

source as (

    select * from {{ source('raw_mds', 'stops') }}

),

final as (

    select
        {{ feed_scoped_id('mds', 'stop_id') }} as parking_id,
        city as city_id,
        geography_id,
        stop_id as parking_code,
        coalesce(name, short_name, stop_id) as name,
        cast(capacity as integer) as capacity_count,
        cast(vehicle_count as integer) as vehicle_count,
        latitude,
        longitude,
        x_m,
        y_m,
        zone_geojson,
        {{ zone_polygon('zone_polygon_m') }} as zone_polygon,
        area_m2,
        is_zone_drawn,
        coalesce(is_installed, true) as is_active,
        is_renting,
        is_returning,
        updated_at
    from source

)

select * from final
