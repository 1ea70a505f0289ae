with

source as (

    select * from {{ source('raw_mds', 'geographies') }}

),

final as (

    select
        {{ feed_scoped_id('mds', 'geography_id') }} || '#' || part as zone_id,
        city as city_id,
        geography_id,
        geography_type,
        name,
        cast(part as integer) as part_number,
        latitude,
        longitude,
        x_m,
        y_m,
        zone_geojson,
        {{ zone_polygon('zone_polygon_m') }} as zone_polygon,
        area_m2,
        is_zone_drawn,
        published_at,
        effective_at,
        retired_at
    from source

)

select * from final
