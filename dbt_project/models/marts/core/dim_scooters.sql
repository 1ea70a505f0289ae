with

scooters as (

    select * from {{ ref('int_scooters') }}

),

versions as (

    select
        scooter_id,
        city_id,
        status,
        -- What was before the first version that was seen is unknown: that one stands for it.
        case
            when row_number() over (partition by scooter_id order by dbt_valid_from) = 1
                then cast('-infinity' as timestamp with time zone)
            else dbt_valid_from
        end as valid_from_at,
        dbt_valid_to as valid_until_at
    from {{ ref('snap_scooters') }}

),

versions_in_force as (

    -- As it was at the clock, which may have been set back.
    select
        versions.scooter_id,
        versions.status
    from versions
    inner join {{ ref('int_cities') }} as cities on versions.city_id = cities.city_id
    where
        versions.valid_from_at <= cities.as_of_at
        and versions.valid_until_at > cities.as_of_at

),

final as (

    select
        scooters.scooter_id,
        scooters.city_id,
        scooters.scooter_code,
        scooters.model,
        coalesce(versions_in_force.status, scooters.status) as status,
        scooters.battery_wh,
        scooters.commissioned_at,
        scooters.retired_at
    from scooters
    left join versions_in_force on scooters.scooter_id = versions_in_force.scooter_id

)

select * from final
