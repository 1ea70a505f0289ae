{{ config(materialized='view') }}

with

service_events as (

    select * from {{ ref('int_service_events_located') }}

),

status_events as (

    select * from {{ ref('int_scooter_status_events') }}

),

final as (

    select
        scooter_id,
        city_id,
        kind as cause,
        2 as tie_order,
        service_event_id as event_id,
        parking_id,
        latitude,
        longitude,
        x_m,
        y_m,
        cast(null as double precision) as tolerance_m,
        battery_pct,
        false as is_place_mark,
        occurred_at as event_at
    from service_events

    union all

    -- Some operators only set the status of a scooter and log no event.
    select
        scooter_id,
        city_id,
        cause,
        3 as tie_order,
        null as event_id,
        null as parking_id,
        null as latitude,
        null as longitude,
        null as x_m,
        null as y_m,
        null as tolerance_m,
        null as battery_pct,
        false as is_place_mark,
        changed_at as event_at
    from status_events

)

select * from final
