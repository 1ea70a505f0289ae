with

cities as (

    select * from {{ ref('dim_cities') }}

),

scooters as (

    select * from {{ ref('fct_scooter_states') }}

),

final as (

    select
        cities.city_id,
        'placeless_scooters' as check_name,
        'warning' as severity,
        cast(count(scooters.scooter_id) as integer) as failed_count,
        'Scooters on the street whose position nobody knows' as detail_en
    from cities
    left join scooters
        on
            cities.city_id = scooters.city_id
            and scooters.latitude is null
            and scooters.state in ('available', 'low_battery', 'out_of_service')
    group by cities.city_id

)

select * from final
