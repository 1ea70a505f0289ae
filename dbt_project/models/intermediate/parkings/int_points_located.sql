{{ incremental_by_day(
    'int_point_days', indexes=[{'columns': ['point_id', 'point_kind'], 'unique': true}]
) }}

{%- set cell_m = var('parking_cell_m') -%}
{%- set since_at = first_missing_at(this, ref('int_point_days'), ref('int_cities')) -%}

with

missing_days as (
    {{ missing_days(this, ref('int_point_days'), ref('int_cities')) }}
),

points as (

    select
        points.*,
        missing_days.day_fingerprint
    from {{ ref('int_points') }} as points
    inner join missing_days
        on
            points.city_id = missing_days.city_id
            and points.utc_date = missing_days.utc_date
    where points.occurred_at >= {{ since_at }}

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

final as (

    select
        points.point_kind,
        points.point_id,
        points.city_id,
        within_tolerance.parking_id,
        coalesce(within_tolerance.parking_id, nearest.parking_id) as nearest_parking_id,
        points.day_fingerprint,
        coalesce(within_tolerance.distance_m, nearest.distance_m) as distance_m,
        points.utc_date
    from points
    left join within_tolerance
        on
            points.point_kind = within_tolerance.point_kind
            and points.point_id = within_tolerance.point_id
    -- Outside every zone: the nearest of all.
    left join lateral (
        select
            versions.parking_id,
            {{ zone_distance_m('versions.zone_polygon', 'points.x_m', 'points.y_m') }}
                as distance_m
        from versions
        where
            within_tolerance.point_id is null
            and versions.city_id = points.city_id
            and points.occurred_at >= versions.valid_from_at
            and points.occurred_at < versions.valid_until_at
        order by distance_m, versions.parking_id
        limit 1
    ) as nearest on true

)

select * from final
