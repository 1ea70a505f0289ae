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
        'impossible_speeds' as check_name,
        'warning' as severity,
        cast(count(rides.ride_id) filter (where rides.is_too_fast) as integer) as failed_count,
        'Rides faster than {{ var("maximum_speed_kmh") }} km/h on average' as detail_en
    from cities
    left join rides on cities.city_id = rides.city_id
    group by cities.city_id

)

select * from final
