with

parkings as (

    select * from {{ ref('int_parkings') }}

),

final as (

    select
        parking_id,
        city_id,
        parking_code,
        name,
        source,
        capacity_count,
        latitude,
        longitude,
        x_m,
        y_m,
        area_m2,
        zone_geojson,
        zone_polygon,
        is_active
    from parkings

)

select * from final
