with

cities as (

    select * from {{ ref('dim_cities') }}

),

scooters as (

    select * from {{ ref('fct_scooter_states') }}

),

parkings as (

    select * from {{ ref('int_parkings') }}
    -- Nobody is to be brought to a closed parking.
    where is_active

),

left_in_the_way as (

    select * from {{ ref('int_candidates_left_in_the_way') }}

),

open_tasks as (

    select * from {{ ref('int_open_tasks') }}
    where task_kind = 'outside_zone'

),

outside as (

    select
        scooters.*,
        -- Beyond the tolerance a scooter is outside, but a fix is off by some metres: a task is
        -- opened a bit further off, and stays until the scooter has a parking.
        case
            when open_tasks.subject_id is not null then 0
            else cities.gps_tolerance_m + {{ var('gps_error_m') }}
        end as opens_beyond_m
    from scooters
    inner join cities on scooters.city_id = cities.city_id
    left join left_in_the_way on scooters.scooter_id = left_in_the_way.scooter_id
    left join open_tasks on scooters.scooter_id = open_tasks.subject_id
    where
        -- Cities of trip files are free-floating: standing outside a zone is allowed there.
        cities.data_source = 'operational'
        and {{ stands_off_parking('scooters', 'cities') }}
        and left_in_the_way.scooter_id is null

),

nearest as (

    -- A city without parkings has no inside, hence no outside.
    select distinct on (outside.scooter_id)
        outside.*,
        parkings.name as parking_name,
        {{ zone_distance_m('parkings.zone_polygon', 'outside.x_m', 'outside.y_m') }}
            as distance_m
    from outside
    inner join parkings on outside.city_id = parkings.city_id
    order by outside.scooter_id asc, distance_m asc, parkings.parking_id asc

),

final as (

    select
        city_id,
        'outside_zone' as task_kind,
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
        cast(1 as double precision) as urgency,
        cast(null as double precision) as gained_rides,
        'Outside every parking, ' || round(distance_m) || ' m from ' || parking_name as reason_en,
        'Εκτός χώρων στάθμευσης, ' || round(distance_m) || ' μ. από: ' || parking_name as reason_el
    from nearest
    where distance_m > opens_beyond_m

)

select * from final
