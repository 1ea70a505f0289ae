with

cities as (

    select * from {{ ref('dim_cities') }}

),

scooters as (

    select * from {{ ref('fct_scooter_states') }}

),

left_in_the_way as (

    select * from {{ ref('int_candidates_left_in_the_way') }}

),

outside_zone as (

    select * from {{ ref('int_candidates_outside_zone') }}

),

over_capacity as (

    select * from {{ ref('int_candidates_over_capacity') }}

),

final as (

    select
        scooters.*,
        cities.idle_hours,
        row_number() over (
            partition by coalesce(scooters.parking_id, scooters.scooter_id)
            order by scooters.idle_h desc, scooters.scooter_id asc
        ) as idleness
    from scooters
    inner join cities on scooters.city_id = cities.city_id
    left join left_in_the_way on scooters.scooter_id = left_in_the_way.scooter_id
    left join outside_zone on scooters.scooter_id = outside_zone.scooter_id
    left join over_capacity on scooters.parking_id = over_capacity.parking_id
    where
        scooters.state = 'available'
        and scooters.x_m is not null
        -- Cannot flap: idleness only grows, and the ride or move that ends it starts it from 0.
        and scooters.idle_h > cities.idle_hours
        -- A silent scooter is looked for first; the other three already move it.
        and coalesce(scooters.silent_h <= cities.silent_hours, true)
        and left_in_the_way.scooter_id is null
        and outside_zone.scooter_id is null
        and over_capacity.parking_id is null

)

select * from final
