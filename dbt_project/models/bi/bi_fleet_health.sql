with

health as (

    select * from {{ ref('rpt_fleet_health') }}

),

cities as (

    select * from {{ ref('dim_cities') }}

),

final as (

    select
        health.city_id,
        cities.name_en as city_name_en,
        cities.name_el as city_name_el,
        health.service_date,
        health.scooter_count,
        health.deployed_count,
        health.silent_count,
        health.lost_count,
        health.low_battery_count,
        health.out_of_service_count,
        health.unridden_count,
        health.long_idle_count,
        health.silent_share,
        health.low_battery_share,
        health.out_of_service_share,
        health.unridden_share,
        health.battery_used_pct,
        health.battery_distance_km,
        health.battery_use_per_km,
        health.is_complete
    from health
    inner join cities on health.city_id = cities.city_id

)

select * from final
