with

cities as (

    select * from {{ ref('dim_cities') }}

),

scooters as (

    select * from {{ ref('fct_scooter_states') }}

),

zones as (

    select * from {{ ref('int_no_parking_zones') }}

),

open_tasks as (

    select * from {{ ref('int_open_tasks') }}
    where task_kind = 'left_in_the_way'

),

distances as (

    select
        scooters.*,
        cities.gps_tolerance_m,
        zones.zone_id,
        zones.name as zone_name,
        zones.area_m2,
        open_tasks.subject_id is not null as is_open,
        {{ zone_distance_m('zones.zone_polygon', 'scooters.x_m', 'scooters.y_m') }}
            as distance_m
    from scooters
    inner join cities on scooters.city_id = cities.city_id
    inner join zones on scooters.city_id = zones.city_id
    left join open_tasks on scooters.scooter_id = open_tasks.subject_id
    where {{ stands_off_parking('scooters', 'cities') }}

),

final as (

    -- Of overlapping zones the smallest says best where the scooter is.
    select distinct on (scooter_id)
        city_id,
        'left_in_the_way' as task_kind,
        scooter_id as subject_id,
        scooter_id,
        scooter_code,
        parking_id,
        latitude,
        longitude,
        x_m,
        y_m,
        1 as scooter_count,
        battery_pct,
        -- From 1 when it was left to 2 a day later.
        least(1 + coalesce(idle_h, 0) / 24, 2) as urgency,
        cast(null as double precision) as gained_rides,
        case when distance_m = 0 then 'In a no-parking zone' else 'Was in a no-parking zone' end
        || coalesce(': ' || zone_name, '') as reason_en,
        case
            when distance_m = 0 then 'Σε ζώνη όπου απαγορεύεται η στάθμευση'
            else 'Ήταν σε ζώνη όπου απαγορεύεται η στάθμευση'
        end
        || coalesce(': ' || zone_name, '') as reason_el
    from distances
    -- A fix is off by some metres: with a task open, a scooter leaves the zone for good only
    -- where it stands further off than that.
    where distance_m <= case when is_open then gps_tolerance_m else 0 end
    order by scooter_id asc, distance_m asc, area_m2 asc, zone_id asc

)

select * from final
