{#
    A grid of square cells that says which zones can be the nearest to a point, so that a point is
    compared with the one or two zones in question: an equality join, on any engine.
#}
{{ config(indexes=[{'columns': ['city_id', 'cell_x', 'cell_y']}]) }}

{%- set cell_m = var('parking_cell_m') -%}
{%- set reach_m = var('parking_reach_m') -%}
{#- The diagonal of a cell, rounded up: two points of it are never further apart. -#}
{%- set diagonal_m = '1.415 * ' ~ cell_m %}

with

zones as (

    select * from {{ ref('int_parking_zones') }}

),

bounds as (

    select
        parking_id,
        city_id,
        zone_polygon,
        valid_from_at,
        valid_until_at,
        cast(floor(
            ({{ zone_bound_m('zone_polygon', 'min_x') }} - {{ reach_m }}) / {{ cell_m }}
        ) as integer) as first_cell_x,
        cast(floor(
            ({{ zone_bound_m('zone_polygon', 'min_y') }} - {{ reach_m }}) / {{ cell_m }}
        ) as integer) as first_cell_y,
        cast(floor(
            ({{ zone_bound_m('zone_polygon', 'max_x') }} + {{ reach_m }}) / {{ cell_m }}
        ) as integer) as last_cell_x,
        cast(floor(
            ({{ zone_bound_m('zone_polygon', 'max_y') }} + {{ reach_m }}) / {{ cell_m }}
        ) as integer) as last_cell_y
    from zones

),

-- Read twice, its distances are measured once.
cells as materialized (

    select
        bounds.parking_id,
        bounds.city_id,
        cells_x.cell_x,
        cells_y.cell_y,
        bounds.zone_polygon,
        bounds.valid_from_at,
        bounds.valid_until_at,
        {{ zone_distance_m(
            'bounds.zone_polygon',
            '(cells_x.cell_x + 0.5) * ' ~ cell_m,
            '(cells_y.cell_y + 0.5) * ' ~ cell_m,
        ) }} as centre_distance_m
    from bounds
    cross join generate_series(bounds.first_cell_x, bounds.last_cell_x) as cells_x (cell_x)
    cross join generate_series(bounds.first_cell_y, bounds.last_cell_y) as cells_y (cell_y)

),

nearest_always as (

    -- A zone that came, went or moved says nothing of the time in which it was not there.
    select
        city_id,
        cell_x,
        cell_y,
        min(centre_distance_m) as centre_distance_m
    from cells
    where valid_from_at = '-infinity' and valid_until_at = 'infinity'
    group by city_id, cell_x, cell_y

),

candidates as (

    select
        cells.*,
        count(*) over (partition by cells.city_id, cells.cell_x, cells.cell_y) as candidate_count
    from cells
    left join nearest_always
        on
            cells.city_id = nearest_always.city_id
            and cells.cell_x = nearest_always.cell_x
            and cells.cell_y = nearest_always.cell_y
    where
        cells.centre_distance_m <= {{ reach_m }}
        -- From the centre to a point of the cell, two distances draw near by a diagonal at most:
        -- one of a zone further off than that never becomes the lesser.
        and cells.centre_distance_m
        <= coalesce(nearest_always.centre_distance_m, 'infinity') + {{ diagonal_m }}

),

final as (

    select
        parking_id,
        city_id,
        cell_x,
        cell_y,
        zone_polygon,
        candidate_count = 1
        and centre_distance_m <= {{ reach_m }} - {{ diagonal_m }} as is_lone,
        valid_from_at,
        valid_until_at
    from candidates

)

select * from final
