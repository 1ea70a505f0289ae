with

cities as (

    select * from {{ ref('int_cities') }}
    where as_of_at is not null

),

scooters as (

    select scooters.*
    from {{ ref('int_scooters') }} as scooters
    inner join cities on scooters.city_id = cities.city_id
    where
        -- Vehicles of feeds and of trip files have codes of their own in each city.
        cities.data_source = 'operational'
        and cities.fleet_feed is null
        and scooters.retired_at is null

),

rides as (

    select * from {{ ref('int_rides_checked') }}

),

codes as (

    select scooter_code
    from scooters
    group by scooter_code
    having count(distinct city_id) > 1

),

found as (

    select
        scooters.city_id,
        scooters.scooter_id,
        scooters.scooter_code
    from scooters
    inner join codes on scooters.scooter_code = codes.scooter_code
    union
    select
        scooters.city_id,
        scooters.scooter_id,
        scooters.scooter_code
    from scooters
    inner join rides on scooters.scooter_id = rides.scooter_id
    where rides.is_in_another_city

),

final as (

    select
        cities.city_id,
        'scooters_in_two_cities' as check_name,
        'warning' as severity,
        cast(count(found.scooter_id) as integer) as failed_count,
        'Scooters of the city that are in another one as well'
        || coalesce(', such as ' || min(found.scooter_code), '') as detail_en
    from cities
    left join found on cities.city_id = found.city_id
    group by cities.city_id

)

select * from final
