with

cities as (

    select * from {{ ref('dim_cities') }}

),

hours as (

    select * from {{ ref('int_hours') }}

),

weather as (

    select * from {{ ref('fct_weather_hours') }}

),

final as (

    select
        cities.city_id,
        'missing_weather' as check_name,
        'warning' as severity,
        cast(
            count(hours.hour_at) filter (where weather.hour_at is null) as integer
        ) as failed_count,
        'Hours without weather in the last 7 days' as detail_en
    from cities
    left join hours
        on
            cities.city_id = hours.city_id
            and cities.as_of_at > hours.hour_at
            and cities.as_of_at - interval '7 days' <= hours.hour_at
    left join weather
        on
            hours.city_id = weather.city_id
            and hours.hour_at = weather.hour_at
    group by cities.city_id

)

select * from final
