{#
    What snap_parkings takes: it looks at the versions as the last run left them, and so cannot name
    them as a parent.
#}
{%- set kept = kept_snapshot('snap_parkings') %}

with

parkings as (

    select * from {{ ref('stg_operational__parkings') }}

),

-- Not int_cities: a change of a city's settings, weighed on schemas of its own, makes no version.
clocks as (

    select * from {{ ref('stg_ops__city_clocks') }}

),

newest as (

    {%- if kept is not none %}

    select
        parking_id,
        max(coalesce(dbt_valid_from, '-infinity')) as valid_from_at
    from {{ kept }}
    group by parking_id
    {%- else %}

    select
        cast(null as text) as parking_id,
        cast(null as timestamp with time zone) as valid_from_at
    where false
    {%- endif %}

),

clocked as (

    select
        parkings.*,
        newest.valid_from_at,
        coalesce(clocks.as_of_at, current_timestamp) as as_of_at
    from parkings
    left join clocks on parkings.city_id = clocks.city_id
    left join newest on parkings.parking_id = newest.parking_id

),

final as (

    select
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
        is_active,
        created_at,
        case
            when updated_at > coalesce(valid_from_at, '-infinity') then updated_at
            -- A row that came back, or was edited by hand, may bear an old time or none: then the
            -- run that saw it dates it.
            else greatest(as_of_at, valid_from_at + interval '1 microsecond')
        end as updated_at
    from clocked

)

select * from final
