with

cities as (

    select * from {{ ref('dim_cities') }}

),

geofencing_zones as (

    select * from {{ ref('stg_gbfs__geofencing_zones') }}

),

vehicle_types as (

    select * from {{ ref('stg_gbfs__vehicle_types') }}

),

policy_rules as (

    select * from {{ ref('stg_mds__policy_rules') }}

),

geographies as (

    select * from {{ ref('stg_mds__geographies') }}

),

gbfs_zones as (

    select
        zones.zone_id,
        zones.city_id,
        zones.name,
        zones.zone_polygon,
        zones.area_m2,
        'gbfs' as source
    from geofencing_zones as zones
    inner join cities on zones.city_id = cities.city_id
    where
        not zones.is_ride_end_allowed
        and coalesce(zones.starts_at <= cities.as_of_at, true)
        and coalesce(zones.ends_at > cities.as_of_at, true)
        -- A rule for bicycles alone forbids no scooter.
        and (
            zones.vehicle_type_ids is null
            or exists (
                select 1
                from vehicle_types
                where
                    zones.city_id = vehicle_types.city_id
                    and vehicle_types.form_factor like 'scooter%'
                    and ',' || zones.vehicle_type_ids || ','
                    like '%,' || vehicle_types.feed_vehicle_type_id || ',%'
            )
        )

),

forbidden as (

    select distinct
        rules.city_id,
        rules.geography_id
    from policy_rules as rules
    inner join cities on rules.city_id = cities.city_id
    where
        rules.is_parking_forbidden
        and coalesce(rules.starts_at <= cities.as_of_at, true)
        and coalesce(rules.ends_at > cities.as_of_at, true)

),

mds_zones as (

    select
        geographies.zone_id,
        geographies.city_id,
        geographies.name,
        geographies.zone_polygon,
        geographies.area_m2,
        'mds' as source
    from geographies
    inner join cities on geographies.city_id = cities.city_id
    inner join forbidden
        on
            geographies.city_id = forbidden.city_id
            and geographies.geography_id = forbidden.geography_id
    where
        -- A circle that was drawn around a point is a guess; nobody is sent for a guess.
        geographies.is_zone_drawn
        and coalesce(geographies.effective_at <= cities.as_of_at, true)
        and coalesce(geographies.retired_at > cities.as_of_at, true)

),

final as (

    select * from gbfs_zones
    union all
    select * from mds_zones

)

select * from final
