{{ incremental_by_day(
    'int_point_days', indexes=[{'columns': ['point_id', 'point_kind'], 'unique': true}]
) }}

{%- set cell_m = var('parking_cell_m') -%}
{%- set since_at = first_missing_at(this, ref('int_point_days'), ref('int_cities')) %}

with

missing_days as (
    {{ missing_days(this, ref('int_point_days'), ref('int_cities')) }}
),

points as (

    select
        points.*,
        cast(floor(points.x_m / {{ cell_m }}) as integer) as cell_x,
        cast(floor(points.y_m / {{ cell_m }}) as integer) as cell_y,
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

cells as not materialized (

    select * from {{ ref('int_parking_cells') }}

),

crowded_cells as (

    select distinct city_id, cell_x, cell_y from cells  -- noqa: LT09
    where not is_lone

),

final as (

    select
        points.point_kind,
        points.point_id,
        points.city_id,
        coalesce(lone.parking_id, crowd.parking_id) as parking_id,
        coalesce(lone.parking_id, crowd.parking_id, nearest.parking_id) as nearest_parking_id,
        points.day_fingerprint,
        coalesce(
            {{ zone_distance_m('lone.zone_polygon', 'points.x_m', 'points.y_m') }},
            crowd.distance_m,
            nearest.distance_m
        ) as distance_m,
        points.utc_date
    from points
    left join cells as lone
        on
            points.city_id = lone.city_id
            and points.cell_x = lone.cell_x
            and points.cell_y = lone.cell_y
            and lone.is_lone
            -- A point belongs to the zone as it was then.
            and points.occurred_at >= lone.valid_from_at
            and points.occurred_at < lone.valid_until_at
            and {{ zone_distance_m('lone.zone_polygon', 'points.x_m', 'points.y_m') }}
            <= points.tolerance_m
    left join crowded_cells
        on
            points.city_id = crowded_cells.city_id
            and points.cell_x = crowded_cells.cell_x
            and points.cell_y = crowded_cells.cell_y
    -- The zone around it, else the nearest edge; between equals the lesser id, always.
    left join lateral (
        select
            cells.parking_id,
            {{ zone_distance_m('cells.zone_polygon', 'points.x_m', 'points.y_m') }}
                as distance_m
        from cells
        where
            crowded_cells.city_id is not null
            and crowded_cells.city_id = cells.city_id
            and crowded_cells.cell_x = cells.cell_x
            and crowded_cells.cell_y = cells.cell_y
            and points.occurred_at >= cells.valid_from_at
            and points.occurred_at < cells.valid_until_at
            and {{ zone_distance_m('cells.zone_polygon', 'points.x_m', 'points.y_m') }}
            <= points.tolerance_m
        order by distance_m, cells.parking_id
        limit 1
    ) as crowd on true
    left join lateral (
        select
            versions.parking_id,
            {{ zone_distance_m('versions.zone_polygon', 'points.x_m', 'points.y_m') }}
                as distance_m
        from versions
        where
            lone.parking_id is null
            and crowd.parking_id is null
            and versions.city_id = points.city_id
            and points.occurred_at >= versions.valid_from_at
            and points.occurred_at < versions.valid_until_at
        order by distance_m, versions.parking_id
        limit 1
    ) as nearest on true

)

select * from final
