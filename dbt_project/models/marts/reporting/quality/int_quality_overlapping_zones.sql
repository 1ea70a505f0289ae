with

cities as (

    select * from {{ ref('dim_cities') }}

),

parkings as (

    select * from {{ ref('int_parkings') }}
    where is_active

),

overlapping as (

    select distinct
        parkings.city_id,
        parkings.parking_id,
        parkings.name
    from parkings
    inner join parkings as others
        on
            parkings.city_id = others.city_id
            and parkings.parking_id <> others.parking_id
            and {{ zones_overlap('parkings.zone_polygon', 'others.zone_polygon') }}

),

final as (

    select
        cities.city_id,
        'overlapping_zones' as check_name,
        'warning' as severity,
        cast(count(overlapping.parking_id) as integer) as failed_count,
        'Parkings whose zone overlaps another'
        || coalesce(', such as ' || min(overlapping.name), '') as detail_en
    from cities
    left join overlapping on cities.city_id = overlapping.city_id
    group by cities.city_id

)

select * from final
