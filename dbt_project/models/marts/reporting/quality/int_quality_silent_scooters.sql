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
        'silent_scooters' as check_name,
        'warning' as severity,
        cast(
            count(scooters.scooter_id) filter (where scooters.silent_h > cities.silent_hours)
            as integer
        ) as failed_count,
        'Scooters that sent no ping for more than '
        || round(cities.silent_hours) || ' h' as detail_en
    from cities
    left join scooters on cities.city_id = scooters.city_id
    -- Trip files know no pings.
    where cities.data_source = 'operational'
    group by cities.city_id, cities.silent_hours

)

select * from final
