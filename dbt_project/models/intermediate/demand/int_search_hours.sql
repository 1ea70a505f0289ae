{{ config(indexes=[{'columns': ['parking_id', 'hour_at'], 'unique': true}]) }}

with

searches as (

    select * from {{ ref('stg_operational__app_searches') }}
    -- A search that found a scooter is a ride to come, or a choice.
    where available_count = 0 and x_m is not null and y_m is not null

),

cities as (

    select * from {{ ref('int_cities') }}

),

parkings as (

    select * from {{ ref('int_parkings') }}
    where is_active and zone_polygon is not null

),

known as (

    select
        searches.search_id,
        searches.city_id,
        searches.x_m,
        searches.y_m,
        cities.search_radius_m,
        searches.searched_at
    from searches
    inner join cities on searches.city_id = cities.city_id
    -- What is searched after the clock has not happened yet.
    where searches.searched_at <= cities.as_of_at

),

assigned as (

    select
        known.search_id,
        known.city_id,
        nearest.parking_id,
        known.searched_at
    from known
    inner join lateral (
        select
            parkings.parking_id,
            {{ zone_distance_m('parkings.zone_polygon', 'known.x_m', 'known.y_m') }} as distance_m
        from parkings
        where parkings.city_id = known.city_id
        order by distance_m, parkings.parking_id
        limit 1
    ) as nearest on true
    -- Nobody walks further to a scooter than the city's radius.
    where nearest.distance_m <= known.search_radius_m

),

final as (

    select
        parking_id,
        city_id,
        cast(count(*) as integer) as unmet_search_count,
        {{ dbt.date_trunc('hour', 'searched_at') }} as hour_at
    from assigned
    group by parking_id, city_id, {{ dbt.date_trunc('hour', 'searched_at') }}

)

select * from final
