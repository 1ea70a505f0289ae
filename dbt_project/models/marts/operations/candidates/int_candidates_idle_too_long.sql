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

outside_zone as (

    select * from {{ ref('int_candidates_outside_zone') }}

),

over_capacity as (

    select * from {{ ref('int_candidates_over_capacity') }}

),

city_rides as (

    select
        city_id,
        sum(expected_departures) / nullif(sum(available_count), 0) as rides_per_scooter
    from parkings
    group by city_id

),

idle as (

    select
        scooters.*,
        cities.idle_hours,
        row_number() over (
            partition by coalesce(scooters.parking_id, scooters.scooter_id)
            order by scooters.idle_h desc, scooters.scooter_id asc
        ) as idleness
    from scooters
    inner join cities on scooters.city_id = cities.city_id
    left join outside_zone on scooters.scooter_id = outside_zone.scooter_id
    left join over_capacity on scooters.parking_id = over_capacity.parking_id
    where
        scooters.state = 'available'
        and scooters.x_m is not null
        and scooters.idle_h > cities.idle_hours
        -- A silent scooter is looked for first; the other two already move it.
        and coalesce(scooters.silent_h <= cities.silent_hours, true)
        and outside_zone.scooter_id is null
        and over_capacity.parking_id is null

),

final as (

    select
        idle.city_id,
        'idle_too_long' as task_kind,
        idle.scooter_id as subject_id,
        idle.scooter_id,
        idle.scooter_code,
        idle.parking_id,
        idle.latitude,
        idle.longitude,
        idle.x_m,
        idle.y_m,
        1 as scooter_count,
        idle.battery_pct,
        -- A limit of 0 has no ratio: least() passes over the null, which leaves the worst.
        least(idle.idle_h / nullif(idle.idle_hours, 0), 2) as urgency,
        -- What it would earn at the average place, less what it earns here.
        case
            when city_rides.rides_per_scooter is not null
                then
                    greatest(
                        city_rides.rides_per_scooter - coalesce(parkings.rides_per_scooter, 0), 0
                    )
        end as gained_rides,
        'No ride for ' || floor(idle.idle_h)
        || ' h, limit ' || round(idle.idle_hours) || ' h' as reason_en,
        'Χωρίς διαδρομή επί ' || floor(idle.idle_h)
        || ' ώρες, όριο ' || round(idle.idle_hours) || ' ώρες' as reason_el
    from idle
    left join parkings on idle.parking_id = parkings.parking_id
    left join city_rides on idle.city_id = city_rides.city_id
    -- Taking more than the parking can spare would only call a van back to fill it.
    where
        parkings.parking_id is null
        or idle.idleness
        <= parkings.available_count
        - coalesce(greatest(parkings.target_count, parkings.minimum_count), 0)

)

select * from final
