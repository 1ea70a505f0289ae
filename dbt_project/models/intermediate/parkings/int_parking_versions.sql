{{
    config(
        indexes=[
            {'columns': ['parking_id', 'valid_from_at'], 'unique': true},
            {'columns': ['zone_polygon'], 'type': 'gist'},
        ]
    )
}}

with

parkings as (

    select * from {{ ref('int_parkings') }}

),

snapshots as (

    select * from {{ ref('snap_parkings') }}

),

operational as (

    select
        snapshots.parking_id,
        snapshots.city_id,
        snapshots.capacity_count,
        {%- for column in ['latitude', 'longitude', 'x_m', 'y_m'] %}
        snapshots.{{ column }},
        {%- endfor %}
        snapshots.zone_polygon,
        snapshots.is_active,
        -- What was before the first version that was seen is unknown: that one stands for it.
        case
            when
                row_number() over (
                    partition by snapshots.parking_id
                    order by snapshots.dbt_valid_from nulls first
                ) = 1
                then cast('-infinity' as timestamp with time zone)
            else snapshots.dbt_valid_from
        end as valid_from_at,
        snapshots.dbt_valid_to as valid_until_at
    from snapshots
    -- One that was left out since, for a row that cannot be read, is left out of history too.
    inner join parkings on snapshots.parking_id = parkings.parking_id

),

final as (

    select * from operational

    union all

    -- Stations of trip files and feeds, and adopted parkings, have no history.
    select
        parking_id,
        city_id,
        capacity_count,
        latitude,
        longitude,
        x_m,
        y_m,
        zone_polygon,
        is_active,
        cast('-infinity' as timestamp with time zone) as valid_from_at,
        cast('infinity' as timestamp with time zone) as valid_until_at
    from parkings
    where source <> 'operational'

)

select * from final
