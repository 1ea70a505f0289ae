{{ config(materialized='view', tags=['timeline']) }}

with

cities as (

    select * from {{ ref('int_cities') }}

),

marks as (

    select * from {{ ref('int_ping_marks') }}
    where is_silence_end

),

newest as (

    select * from {{ ref('int_newest_marks') }}

),

final as (

    select
        scooter_id,
        city_id,
        previous_reported_at as from_at,
        reported_at as until_at
    from marks

    union all

    -- Who was not heard from since.
    select
        newest.scooter_id,
        newest.city_id,
        newest.reported_at as from_at,
        cities.as_of_at as until_at
    from newest
    inner join cities on newest.city_id = cities.city_id
    where cities.as_of_at > newest.reported_at + cities.silent_hours * interval '1 hour'

)

select * from final
