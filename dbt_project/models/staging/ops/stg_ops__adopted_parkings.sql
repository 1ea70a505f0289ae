with

source as (

    select * from {{ source('ops', 'adopted_parkings') }}

),

final as (

    select
        parking_id,
        city_id,
        code as parking_code,
        name,
        capacity_count,
        latitude,
        longitude,
        x_m,
        y_m,
        zone_geojson,
        {{ zone_polygon('zone_polygon_m') }} as zone_polygon,
        area_m2,
        adopted_at
    from source

)

select * from final
