with

source as (

    select * from {{ source('raw_operational', 'parkings') }}

),

final as (

    select
        cast(id as text) as parking_id,
        city as city_id,
        code as parking_code,
        name,
        cast(capacity as integer) as capacity_count,
        latitude,
        longitude,
        x_m,
        y_m,
        zone_geojson,
        {{ zone_polygon('zone_polygon_m') }} as zone_polygon,
        area_m2,
        -- A parking that was deleted stays as the place of its old rides, and takes no new ones.
        coalesce(is_active, true) and deleted_at is null as is_active,
        created_at,
        -- Its deletion is the last change of a row.
        coalesce(greatest(updated_at, deleted_at), created_at) as updated_at
    from source

)

select * from final
