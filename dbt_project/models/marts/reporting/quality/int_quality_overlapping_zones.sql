with

cities as (

    select * from {{ ref('dim_cities') }}

),

parkings as (

    select * from {{ ref('int_parkings') }}
    where is_active

),

sharing as (

    select distinct
        parkings.city_id,
        parkings.parking_id,
        parkings.name
    from parkings
    inner join parkings as neighbours
        on
            parkings.city_id = neighbours.city_id
            and parkings.parking_id <> neighbours.parking_id
            and {{ zones_overlap('parkings.zone_polygon', 'neighbours.zone_polygon') }}

),

final as (

    select
        cities.city_id,
        'overlapping_zones' as check_name,
        'warning' as severity,
        cast(count(sharing.parking_id) as integer) as failed_count,
        'Parkings whose zone overlaps another'
        || coalesce(', such as ' || min(sharing.name), '') as detail_en
    from cities
    left join sharing on cities.city_id = sharing.city_id
    group by cities.city_id

)

select * from final
