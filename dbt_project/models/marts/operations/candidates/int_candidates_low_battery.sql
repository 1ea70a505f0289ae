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
        greatest(2 - scooters.battery_pct / nullif(cities.low_battery_pct, 0), 1) as urgency,
        parkings.rides_per_scooter as gained_rides,
        'Battery ' || floor(scooters.battery_pct)
        || case when scooters.battery_pct < cities.low_battery_pct then ' %, ' else ' %, was ' end
        || 'below ' || round(cities.low_battery_pct) || ' %' as reason_en,
        'Μπαταρία ' || floor(scooters.battery_pct)
        || case when scooters.battery_pct < cities.low_battery_pct then ' %, ' else ' %, ήταν ' end
        || 'κάτω από ' || round(cities.low_battery_pct) || ' %' as reason_el
    from scooters
    inner join cities on scooters.city_id = cities.city_id
    left join parkings on scooters.parking_id = parkings.parking_id
    where
        -- Trip files know no batteries.
        cities.data_source = 'operational'
        and scooters.state in ('available', 'low_battery')
        -- A ping just above the threshold is noise: the state holds until the charge is well above.
        and scooters.battery_pct
        < cities.low_battery_pct
        + case scooters.state
            when 'low_battery' then {{ var('battery_hysteresis_pct') }}
            else 0
        end

)

select * from final
