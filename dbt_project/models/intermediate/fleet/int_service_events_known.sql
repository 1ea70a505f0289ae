{{ config(materialized='view') }}

with

service_events as (

    select * from {{ ref('int_service_events_united') }}

),

cities as (

    select * from {{ ref('int_cities') }}

),

final as (

    select service_events.*
    from service_events
    inner join cities on service_events.city_id = cities.city_id
    -- What happens after the clock is not known yet.
    where service_events.occurred_at <= cities.as_of_at

)

select * from final
