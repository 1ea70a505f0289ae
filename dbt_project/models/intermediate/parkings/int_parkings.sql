{{
    config(
        indexes=[
            {'columns': ['parking_id'], 'unique': true},
            {'columns': ['city_id']},
            {'columns': ['zone_polygon'], 'type': 'gist'},
        ]
    )
}}

with

operational as (

    select * from {{ ref('stg_operational__parkings') }}

),

stations as (

    select stations.*
    from {{ ref('stg_open_trips__stations') }} as stations
    inner join {{ ref('int_trip_cities') }} as trip_cities
        on stations.city_id = trip_cities.city_id
    -- Of a file whose trips are not counted, stations would stand beside the operator's parkings.
    where trip_cities.is_counted

),

adopted as (

    select * from {{ ref('stg_ops__adopted_parkings') }}

),

feed_parkings as (

    select * from {{ ref('int_feed_parkings') }}

),

{%- set columns %}
        parking_id,
        city_id,
        parking_code,
        name,
        capacity_count,
        latitude,
        longitude,
        x_m,
        y_m,
        zone_geojson,
        zone_polygon,
        area_m2,
{%- endset %}

final as (

    select
        {{- columns }}
        is_active,
        'operational' as source,
        created_at
    from operational

    union all

    select
        {{- columns }}
        true as is_active,
        'station' as source,
        cast(null as timestamp with time zone) as created_at
    from stations

    union all

    select
        {{- columns }}
        is_active,
        'station' as source,
        cast(null as timestamp with time zone) as created_at
    from feed_parkings

    union all

    select
        {{- columns }}
        true as is_active,
        'adopted' as source,
        cast(null as timestamp with time zone) as created_at
    from adopted

)

select * from final
