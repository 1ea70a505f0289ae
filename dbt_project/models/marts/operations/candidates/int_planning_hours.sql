with

cities as (

    select * from {{ ref('dim_cities') }}

),

hours as (

    select * from {{ ref('int_hours') }}

),

service_hours as (

    select * from {{ ref('int_city_service_hours') }}

),

final as (

    select distinct on (hours.city_id)
        hours.city_id,
        hours.day_part,
        hours.hour_at
    from cities
    inner join hours on cities.city_id = hours.city_id
    inner join service_hours
        on
            hours.city_id = service_hours.city_id
            and hours.hour_at = service_hours.hour_at
    where
        hours.hour_at >= {{ dbt.date_trunc('hour', 'cities.as_of_at') }}
        and service_hours.is_in_service
    order by hours.city_id, hours.hour_at

)

select * from final
