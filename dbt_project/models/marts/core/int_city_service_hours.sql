with

cities as (

    select * from {{ ref('int_cities') }}

),

hours as (

    select * from {{ ref('int_hours') }}

),

final as (

    select
        hours.city_id,
        hours.hour_at,
        case
            when cities.service_start_hour = cities.service_end_hour then true
            when cities.service_start_hour < cities.service_end_hour
                then
                    hours.hour_of_day >= cities.service_start_hour
                    and hours.hour_of_day < cities.service_end_hour
            else
                hours.hour_of_day >= cities.service_start_hour
                or hours.hour_of_day < cities.service_end_hour
        end as is_in_service
    from hours
    inner join cities on hours.city_id = cities.city_id

)

select * from final
