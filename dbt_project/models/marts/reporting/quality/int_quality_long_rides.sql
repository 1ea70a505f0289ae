with

cities as (

    select * from {{ ref('dim_cities') }}

),

rides as (

    select * from {{ ref('int_rides_checked') }}

),

final as (

    select
        cities.city_id,
        'long_rides' as check_name,
        'warning' as severity,
        cast(count(rides.ride_id) filter (where rides.is_too_long) as integer) as failed_count,
        'Rides that lasted for more than a day' as detail_en
    from cities
    left join rides on cities.city_id = rides.city_id
    group by cities.city_id

)

select * from final
