with

source as (

    select * from {{ source('ml', 'parking_suggestions') }}

),

final as (

    select
        suggestion_id,
        city_id,
        rank,
        latitude,
        longitude,
        x_m,
        y_m,
        radius_m,
        zone_geojson,
        zone_polygon_m,
        area_m2,
        event_count,
        share,
        nearest_parking_m,
        capacity_count
    from source

)

select * from final
