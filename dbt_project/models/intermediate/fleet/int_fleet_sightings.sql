{{ config(materialized='view') }}

with

rides as (

    select * from {{ ref('int_rides_known') }}

),

service_events as (

    select * from {{ ref('int_service_events_united') }}

),

final as (

    select
        scooter_id,
        started_at as seen_at
    from rides

    union all

    select
        scooter_id,
        ended_at as seen_at
    from rides

    union all

    select
        scooter_id,
        occurred_at as seen_at
    from service_events

)

select * from final
