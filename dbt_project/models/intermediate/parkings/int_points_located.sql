{{ config(pre_hook="{{ join_by_hash() }}") }}

{%- set cell_m = var('parking_cell_m') -%}

with

points as (

    select * from {{ ref('int_points') }}

),

versions as (

    select * from {{ ref('int_parking_versions') }}
    where is_active and zone_polygon is not null

),

cells as (

    select * from {{ ref('int_parking_cells') }}

),

near as (

    select
        points.point_kind,
        points.point_id,
        points.tolerance_m,
        cells.parking_id,
        {{ zone_distance_m('cells.zone_polygon', 'points.x_m', 'points.y_m') }} as distance_m
    from points
    inner join cells
        on
            points.city_id = cells.city_id
            and cast(floor(points.x_m / {{ cell_m }}) as integer) = cells.cell_x
            and cast(floor(points.y_m / {{ cell_m }}) as integer) = cells.cell_y
            -- A point belongs to the zone as it was then.
            and points.occurred_at >= cells.valid_from_at
            and points.occurred_at < cells.valid_until_at

),

within_tolerance as (

    -- The zone around the point, else the nearest edge; between equals the lesser id, always.
    select distinct on (point_kind, point_id)
        point_kind,
        point_id,
        parking_id,
        distance_m
    from near
    where distance_m <= tolerance_m
    order by point_kind, point_id, distance_m, parking_id

),

outside as (

    select
        points.point_kind,
        points.point_id,
        nearest.parking_id as nearest_parking_id,
        nearest.distance_m
    from points
    left join within_tolerance
        on
            points.point_kind = within_tolerance.point_kind
            and points.point_id = within_tolerance.point_id
    left join lateral (
        select
            versions.parking_id,
            {{ zone_distance_m('versions.zone_polygon', 'points.x_m', 'points.y_m') }}
                as distance_m
        from versions
        where
            versions.city_id = points.city_id
            and points.occurred_at >= versions.valid_from_at
            and points.occurred_at < versions.valid_until_at
        order by distance_m, versions.parking_id
        limit 1
    ) as nearest on true
    where within_tolerance.point_id is null

),

final as (

    select
        point_kind,
        point_id,
        parking_id,
        parking_id as nearest_parking_id,
        distance_m
    from within_tolerance

    union all

    select
        point_kind,
        point_id,
        null as parking_id,
        nearest_parking_id,
        distance_m
    from outside

)

select * from final
