with

cities as (

    select * from {{ ref('dim_cities') }}

),

scooters as (

    select * from {{ ref('fct_scooter_states') }}

),

parkings as (

    select * from {{ ref('int_parkings_appraised') }}

),

final as (

    select
        scooters.city_id,
        'low_battery' as task_kind,
        scooters.scooter_id as subject_id,
        scooters.scooter_id,
        scooters.scooter_code,
        scooters.parking_id,
        scooters.latitude,
        scooters.longitude,
        scooters.x_m,
        scooters.y_m,
        1 as scooter_count,
        scooters.battery_pct,
        -- From 1 at the threshold to 2 when empty.
        2 - scooters.battery_pct / cities.low_battery_pct as urgency,
        parkings.rides_per_scooter as gained_rides,
        'Battery ' || floor(scooters.battery_pct)
        || ' %, below ' || round(cities.low_battery_pct) || ' %' as reason_en,
        'Μπαταρία ' || floor(scooters.battery_pct)
        || ' %, κάτω από ' || round(cities.low_battery_pct) || ' %' as reason_el
    from scooters
    inner join cities on scooters.city_id = cities.city_id
    left join parkings on scooters.parking_id = parkings.parking_id
    where
        -- Trip files know no batteries.
        cities.data_source = 'operational'
        and scooters.state in ('available', 'low_battery')
        and scooters.battery_pct < cities.low_battery_pct

)

select * from final
