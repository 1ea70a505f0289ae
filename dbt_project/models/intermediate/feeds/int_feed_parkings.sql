{{ config(materialized='view') }}

with

feed_cities as (

    select * from {{ ref('int_feed_cities') }}
    -- The operator's own parkings say all that there is.
    where fleet_feed is not null

),

stops as (

    select * from {{ ref('stg_mds__stops') }}

),

geographies as (

    select * from {{ ref('stg_mds__geographies') }}

),

stations as (

    select * from {{ ref('stg_gbfs__stations') }}

),

-- Areas of type stop that no stop refers to are places to park of their own.
stop_areas as (

    select
        geographies.*,
        count(*) over (partition by geographies.city_id, geographies.geography_id) as part_count
    from geographies
    left join stops
        on
            geographies.city_id = stops.city_id
            and geographies.geography_id = stops.geography_id
    where
        geographies.geography_type = 'stop'
        and geographies.retired_at is null
        and stops.parking_id is null

),

mds_parkings as (

    {%- set columns %}
        capacity_count,
        latitude,
        longitude,
        x_m,
        y_m,
        zone_geojson,
        zone_polygon,
        area_m2,
    {%- endset %}

    select
        parking_id,
        city_id,
        parking_code,
        name,
        {{- columns }}
        is_active
    from stops

    union all

    select
        zone_id as parking_id,
        city_id,
        geography_id || '#' || part_number as parking_code,
        case when part_count > 1 then name || ' ' || part_number else name end as name,
        {{- columns | replace('capacity_count', 'cast(null as integer) as capacity_count') }}
        true as is_active
    from stop_areas

),

final as (

    select mds_parkings.*
    from mds_parkings
    inner join feed_cities on mds_parkings.city_id = feed_cities.city_id

    union all

    select
        stations.parking_id,
        stations.city_id,
        stations.parking_code,
        stations.name,
        {{- columns | replace('        ', '        stations.') }}
        true as is_active
    from stations
    inner join feed_cities on stations.city_id = feed_cities.city_id
    -- Both feeds would tell the same places twice.
    where stations.city_id not in (select mds_parkings.city_id from mds_parkings)

)

select * from final
