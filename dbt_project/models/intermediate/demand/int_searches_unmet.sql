{{ config(materialized='view') }}

with

searches as (

    select * from {{ ref('stg_operational__app_searches') }}
    -- A search that found a scooter is a ride to come, or a choice.
    where available_count = 0 and x_m is not null and y_m is not null

),

cities as (

    select * from {{ ref('int_cities') }}

),

final as (

    select
        searches.search_id,
        searches.city_id,
        searches.x_m,
        searches.y_m,
        cities.search_radius_m,
        {{ utc_date('searches.searched_at') }} as utc_date,
        searches.searched_at
    from searches
    inner join cities on searches.city_id = cities.city_id
    -- What is searched after the clock has not happened yet.
    where searches.searched_at <= cities.as_of_at

)

select * from final
