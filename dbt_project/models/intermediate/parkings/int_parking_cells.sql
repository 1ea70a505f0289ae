{#
    A grid of square cells that says which zones can be near a point, so that a point is compared
    with the one or two zones around it: an equality join, on any engine.
#}
{%- set cell_m = var('parking_cell_m') -%}

with

parkings as (

    select * from {{ ref('int_parkings') }}
    -- Nothing can be parked at a closed parking, or one whose zone was rejected.
    where is_active and zone_polygon is not null

),

cities as (

    select * from {{ ref('int_cities') }}

),

reaches as (

    select
        city_id,
        -- No point belongs to a zone further away than this: zones elsewhere need no look.
        gps_tolerance_m * {{ var('gps_widening_max') }} as reach_m
    from cities

),

bounds as (

    select
        parkings.parking_id,
        parkings.city_id,
        parkings.zone_polygon,
        {%- for axis in ['x', 'y'] %}
        cast(
            floor(
                ({{ zone_bound_m('parkings.zone_polygon', 'min_' ~ axis) }} - reaches.reach_m)
                / {{ cell_m }}
            ) as integer
        ) as first_cell_{{ axis }},
        cast(
            floor(
                ({{ zone_bound_m('parkings.zone_polygon', 'max_' ~ axis) }} + reaches.reach_m)
                / {{ cell_m }}
            ) as integer
        ) as last_cell_{{ axis }}{{ ',' if not loop.last }}
        {%- endfor %}
    from parkings
    inner join reaches on parkings.city_id = reaches.city_id

),

final as (

    select
        bounds.parking_id,
        bounds.city_id,
        cells_x.cell_x,
        cells_y.cell_y,
        bounds.zone_polygon
    from bounds
    cross join lateral generate_series(bounds.first_cell_x, bounds.last_cell_x)
        as cells_x (cell_x)
    cross join lateral generate_series(bounds.first_cell_y, bounds.last_cell_y)
        as cells_y (cell_y)

)

select * from final
