with

scooters as (

    select * from {{ ref('int_scooters') }}

),

versions as (

    select
        snapshots.scooter_id,
        snapshots.status
    from {{ ref('snap_scooters') }} as snapshots
    inner join {{ ref('int_cities') }} as cities on snapshots.city_id = cities.city_id
    -- As it was at the clock, which may have been set back.
    where
        snapshots.dbt_valid_from <= cities.as_of_at
        and snapshots.dbt_valid_to > cities.as_of_at

),

final as (

    select
        scooters.scooter_id,
        scooters.city_id,
        scooters.scooter_code,
        scooters.model,
        coalesce(versions.status, scooters.status) as status,
        scooters.battery_wh,
        scooters.commissioned_at,
        scooters.retired_at
    from scooters
    left join versions on scooters.scooter_id = versions.scooter_id

)

select * from final
