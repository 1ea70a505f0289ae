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

zones as not materialized (

    select * from {{ ref('int_parking_zones') }}

),

cells as not materialized (

    select * from {{ ref('int_parking_cells') }}

),

-- The zone around it, else the nearest edge, as they were then; between equals the lesser id.
nearest as (

    select
        points.*,
        coalesce(
            lone.parking_id,
            (
                select cells.parking_id
                from cells
                where
                    points.city_id = cells.city_id
                    and points.cell_x = cells.cell_x
                    and points.cell_y = cells.cell_y
                    and points.occurred_at >= cells.valid_from_at
                    and points.occurred_at < cells.valid_until_at
                    -- Further off, a zone that the cell does not name can be nearer.
                    and {{ zone_distance_m('cells.zone_polygon', 'points.x_m', 'points.y_m') }}
                    <= {{ var('parking_reach_m') }} - 0.71 * {{ cell_m }}
                order by
                    {{ zone_distance_m('cells.zone_polygon', 'points.x_m', 'points.y_m') }},
                    cells.parking_id
                limit 1
            ),
            (
                select zones.parking_id
                from zones
                where
                    points.city_id = zones.city_id
                    and points.occurred_at >= zones.valid_from_at
                    and points.occurred_at < zones.valid_until_at
                order by
                    {{ zone_distance_m('zones.zone_polygon', 'points.x_m', 'points.y_m') }},
                    zones.parking_id
                limit 1
            )
        ) as nearest_parking_id
    from points
    left join cells as lone
        on
            points.city_id = lone.city_id
            and points.cell_x = lone.cell_x
            and points.cell_y = lone.cell_y
            and lone.is_lone
            and points.occurred_at >= lone.valid_from_at
            and points.occurred_at < lone.valid_until_at
    -- Else the planner would write the search into each place that uses its result.
    offset 0  -- noqa: AM09

),

final as (

    select
        nearest.point_kind,
        nearest.point_id,
        nearest.city_id,
        case
            when
                {{ zone_distance_m('zones.zone_polygon', 'nearest.x_m', 'nearest.y_m') }}
                <= nearest.tolerance_m
                then nearest.nearest_parking_id
        end as parking_id,
        nearest.nearest_parking_id,
        nearest.day_fingerprint,
        {{ zone_distance_m('zones.zone_polygon', 'nearest.x_m', 'nearest.y_m') }} as distance_m,
        nearest.utc_date
    from nearest
    left join zones
        on
            nearest.nearest_parking_id = zones.parking_id
            and nearest.occurred_at >= zones.valid_from_at
            and nearest.occurred_at < zones.valid_until_at

)

select * from final
