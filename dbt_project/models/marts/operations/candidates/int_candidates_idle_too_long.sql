with

idle as (

    select * from {{ ref('int_idle_scooters') }}

),

parkings as (

    select * from {{ ref('int_parkings_appraised') }}

),

open_tasks as (

    select * from {{ ref('int_open_tasks') }}

),

city_rides as (

    select
        city_id,
        {{ exact_sum('expected_departures') }}
        / nullif(sum(available_count), 0) as rides_per_scooter
    from parkings
    group by city_id

),

spare as (

    select
        idle.*,
        parkings.rides_per_scooter,
        -- The target changes by the hour: a task that is open stays while the scooters that are
        -- left are too many to call a van that brings new ones.
        parkings.available_count
        - greatest(
            parkings.target_count
            - case
                when open_tasks.subject_id is not null and refills.subject_id is null
                    then {{ target_slack_count('parkings.target_count') }}
                else 0
            end,
            parkings.minimum_count,
            0
        ) as spare_count
    from idle
    left join parkings on idle.parking_id = parkings.parking_id
    left join open_tasks
        on
            idle.scooter_id = open_tasks.subject_id
            and open_tasks.task_kind = 'idle_too_long'
    left join open_tasks as refills
        on
            idle.parking_id = refills.subject_id
            and refills.task_kind = 'below_target'

),

final as (

    select
        spare.city_id,
        'idle_too_long' as task_kind,
        spare.scooter_id as subject_id,
        spare.scooter_id,
        spare.scooter_code,
        spare.parking_id,
        spare.latitude,
        spare.longitude,
        spare.x_m,
        spare.y_m,
        1 as scooter_count,
        spare.battery_pct,
        -- A limit of 0 has no ratio: least() passes over the null, which leaves the worst.
        least(spare.idle_h / nullif(spare.idle_hours, 0), 2) as urgency,
        -- What it would earn at the average place, less what it earns here.
        case
            when city_rides.rides_per_scooter is not null
                then
                    greatest(city_rides.rides_per_scooter - coalesce(spare.rides_per_scooter, 0), 0)
        end as gained_rides,
        'No ride for ' || floor(spare.idle_h)
        || ' h, limit ' || round(spare.idle_hours) || ' h' as reason_en,
        'Χωρίς διαδρομή επί ' || floor(spare.idle_h)
        || ' ώρες, όριο ' || round(spare.idle_hours) || ' ώρες' as reason_el
    from spare
    left join city_rides on spare.city_id = city_rides.city_id
    -- Taking more than the parking can spare would only call a van back to fill it.
    where coalesce(spare.idleness <= spare.spare_count, true)

)

select * from final
