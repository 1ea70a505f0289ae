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

outside as (

    select scooters.*
    from scooters
    inner join cities on scooters.city_id = cities.city_id
    where
        -- Cities of trip files are free-floating: standing outside a zone is allowed there.
        cities.data_source = 'operational'
        and scooters.state in ('available', 'low_battery')
        and scooters.parking_id is null
        and scooters.x_m is not null
        -- Where a silent scooter stands is hearsay; not_reporting asks to look for it.
        and coalesce(scooters.silent_h <= cities.silent_hours, true)

),

distances as (

    select
        outside.scooter_id,
        parkings.name as parking_name,
        sqrt(power(parkings.x_m - outside.x_m, 2) + power(parkings.y_m - outside.y_m, 2))
            as distance_m,
        row_number() over (
            partition by outside.scooter_id
            order by
                power(parkings.x_m - outside.x_m, 2) + power(parkings.y_m - outside.y_m, 2),
                parkings.parking_id
        ) as nearness
    from outside
    -- A city without parkings has no inside, hence no outside.
    inner join parkings on outside.city_id = parkings.city_id

),

final as (

    select
        outside.city_id,
        'outside_zone' as task_kind,
        outside.scooter_id as subject_id,
        outside.scooter_id,
        outside.scooter_code,
        outside.parking_id,
        outside.latitude,
        outside.longitude,
        outside.x_m,
        outside.y_m,
        1 as scooter_count,
        outside.battery_pct,
        cast(1 as double precision) as urgency,
        cast(null as double precision) as gained_rides,
        'Outside every parking, ' || round(distances.distance_m)
        || ' m from ' || distances.parking_name as reason_en,
        'Εκτός χώρων στάθμευσης, ' || round(distances.distance_m)
        || ' μ. από: ' || distances.parking_name as reason_el
    from outside
    inner join distances
        on
            outside.scooter_id = distances.scooter_id
            and distances.nearness = 1

)

select * from final
