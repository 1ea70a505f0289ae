with

cities as (

    select * from {{ ref('dim_cities') }}

),

scooters as (

    select * from {{ ref('fct_scooter_states') }}

),

low_battery as (

    select * from {{ ref('int_candidates_low_battery') }}

),

final as (

    select
        scooters.city_id,
        'not_reporting' as task_kind,
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
        -- A limit of 0 has no ratio: least() passes over the null, which leaves the worst.
        least(scooters.silent_h / nullif(cities.silent_hours, 0), 2) as urgency,
        cast(null as double precision) as gained_rides,
        'No signal for ' || floor(scooters.silent_h)
        || ' h, limit ' || round(cities.silent_hours) || ' h' as reason_en,
        'Χωρίς σήμα επί ' || floor(scooters.silent_h)
        || ' ώρες, όριο ' || round(cities.silent_hours) || ' ώρες' as reason_el
    from scooters
    inner join cities on scooters.city_id = cities.city_id
    left join low_battery on scooters.scooter_id = low_battery.scooter_id
    where
        -- Trip files know no pings.
        cities.data_source = 'operational'
        and scooters.state in ('available', 'low_battery', 'lost')
        -- Cannot flap: silence only grows, and the ping that ends it starts it from 0.
        and scooters.silent_h > cities.silent_hours
        -- Whoever swaps an empty battery also sees why the scooter fell silent.
        and low_battery.scooter_id is null

)

select * from final
