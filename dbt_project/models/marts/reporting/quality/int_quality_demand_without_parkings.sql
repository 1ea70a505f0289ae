with

cities as (

    select * from {{ ref('dim_cities') }}
    -- Cities of trip files are free-floating.
    where data_source = 'operational'

),

rides as (

    select * from {{ ref('int_rides_checked') }}

),

parking_cities as (

    select distinct city_id
    from {{ ref('dim_parkings') }}
    where is_active

),

final as (

    select
        cities.city_id,
        'demand_without_parkings' as check_name,
        'warning' as severity,
        cast(
            count(rides.ride_id) filter (where parking_cities.city_id is null) as integer
        ) as failed_count,
        'Rides in a city without a parking in use: nothing is known or planned by parking'
            as detail_en
    from cities
    left join rides on cities.city_id = rides.city_id
    left join parking_cities on cities.city_id = parking_cities.city_id
    group by cities.city_id

)

select * from final
