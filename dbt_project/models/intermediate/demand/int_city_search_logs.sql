{{ config(materialized='view') }}

with

searches as (

    select * from {{ ref('stg_operational__app_searches') }}

),

cities as (

    select * from {{ ref('int_cities') }}

),

final as (

    select
        searches.city_id,
        min(searches.searched_at) as searches_from_at
    from searches
    inner join cities on searches.city_id = cities.city_id
    -- What is searched after the clock has not happened yet.
    where searches.searched_at <= cities.as_of_at
    group by searches.city_id

)

select * from final
