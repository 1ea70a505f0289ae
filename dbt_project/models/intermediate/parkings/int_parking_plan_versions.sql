{{ config(materialized='view') }}

with

parkings as (

    select * from {{ ref('int_parkings') }}

),

snapshots as (

    select
        *,
        min(dbt_valid_from) over (partition by city_id) as first_seen_at
    from {{ ref('snap_planning_parkings') }}
    -- A clock that was set back ends a version before it begins.
    where dbt_valid_to > dbt_valid_from

),

versions as (

    select
        city_id,
        parking_code,
        day_part,
        minimum_count,
        target_count,
        maximum_count,
        -- Before the city's sheet was first seen its plans are unknown: that one stands for them.
        case
            when dbt_valid_from = first_seen_at then cast('-infinity' as timestamp with time zone)
            else dbt_valid_from
        end as valid_from_at,
        least(dbt_valid_to, lead(dbt_valid_from) over later) as valid_until_at
    from snapshots
    window later as (
        partition by city_id, parking_code, day_part order by dbt_valid_from
    )

),

final as (

    -- A plan for a code that no parking has is left out: it names nothing that can hold scooters.
    select
        parkings.parking_id,
        parkings.city_id,
        versions.day_part,
        versions.minimum_count,
        versions.target_count,
        versions.maximum_count,
        versions.valid_from_at,
        versions.valid_until_at
    from versions
    inner join parkings
        on
            versions.city_id = parkings.city_id
            and versions.parking_code = parkings.parking_code

)

select * from final
