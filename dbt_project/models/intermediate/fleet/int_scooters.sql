{{ config(indexes=[{'columns': ['scooter_id'], 'unique': true}]) }}

with

cities as (

    select * from {{ ref('int_cities') }}

),

scooters as (

    select * from {{ ref('stg_operational__scooters') }}

),

trips as (

    select * from {{ ref('int_trips_counted') }}

),

trip_vehicles as (

    select
        trips.scooter_id,
        trips.city_id,
        min(trips.scooter_code) as scooter_code,
        min(trips.started_at) as commissioned_at
    from trips
    inner join cities on trips.city_id = cities.city_id
    -- A vehicle is known from its first trip on.
    where trips.scooter_id is not null and trips.started_at <= cities.as_of_at
    group by trips.scooter_id, trips.city_id

),

feed_scooters as (

    select * from {{ ref('int_feed_scooters') }}

),

final as (

    select
        scooters.scooter_id,
        scooters.city_id,
        scooters.scooter_code,
        scooters.model,
        scooters.battery_wh,
        scooters.status,
        scooters.commissioned_at,
        -- A retirement after the clock has not happened yet.
        case when scooters.retired_at <= cities.as_of_at then scooters.retired_at end
            as retired_at
    from scooters
    inner join cities on scooters.city_id = cities.city_id

    union all

    select
        scooter_id,
        city_id,
        scooter_code,
        null as model,
        null as battery_wh,
        'active' as status,
        commissioned_at,
        null as retired_at
    from trip_vehicles

    union all

    select
        scooter_id,
        city_id,
        scooter_code,
        model,
        null as battery_wh,
        'active' as status,
        commissioned_at,
        retired_at
    from feed_scooters

)

select * from final
