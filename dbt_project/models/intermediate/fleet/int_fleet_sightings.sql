{{ config(materialized='view') }}

with

-- Read once a branch: set aside, all of history would be, whatever little is asked for.
rides as not materialized (

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
