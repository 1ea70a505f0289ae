{#
    A grid of square cells that says which zones can be near a point, so that a point is compared
    with the one or two zones around it: an equality join, on any engine.
#}
{{ config(indexes=[{'columns': ['city_id', 'cell_x', 'cell_y']}]) }}

{%- set cell_m = var('parking_cell_m') -%}

with

versions as (

    select * from {{ ref('int_parking_versions') }}
    -- Nothing can be parked at a closed parking, or one whose zone was rejected.
    where is_active and zone_polygon is not null

),

cities as (

    select * from {{ ref('int_cities') }}

),

bounds as (

    select
        versions.parking_id,
        versions.city_id,
        versions.zone_polygon,
        versions.valid_from_at,
        versions.valid_until_at,
        -- No point belongs to a zone further away than this: zones elsewhere need no look.
        cities.gps_tolerance_m * {{ var('gps_widening_max') }} as reach_m,
        {{ zone_bound_m('versions.zone_polygon', 'min_x') }} as min_x_m,
        {{ zone_bound_m('versions.zone_polygon', 'max_x') }} as max_x_m,
        {{ zone_bound_m('versions.zone_polygon', 'min_y') }} as min_y_m,
        {{ zone_bound_m('versions.zone_polygon', 'max_y') }} as max_y_m
    from versions
    inner join cities on versions.city_id = cities.city_id

),

cells as (

    select
        parking_id,
        city_id,
        zone_polygon,
        valid_from_at,
        valid_until_at,
        cast(floor((min_x_m - reach_m) / {{ cell_m }}) as integer) as first_cell_x,
        cast(floor((max_x_m + reach_m) / {{ cell_m }}) as integer) as last_cell_x,
        cast(floor((min_y_m - reach_m) / {{ cell_m }}) as integer) as first_cell_y,
        cast(floor((max_y_m + reach_m) / {{ cell_m }}) as integer) as last_cell_y
    from bounds

),

final as (

    select
        cells.parking_id,
        cells.city_id,
        cells_x.cell_x,
        cells_y.cell_y,
        cells.zone_polygon,
        count(*) over (partition by cells.city_id, cells_x.cell_x, cells_y.cell_y) = 1 as is_lone,
        cells.valid_from_at,
        cells.valid_until_at
    from cells
    cross join generate_series(cells.first_cell_x, cells.last_cell_x) as cells_x (cell_x)
    cross join generate_series(cells.first_cell_y, cells.last_cell_y) as cells_y (cell_y)

)

select * from final
