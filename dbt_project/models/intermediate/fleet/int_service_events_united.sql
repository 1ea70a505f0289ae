{{ config(materialized='view') }}

with

service_events as (

    select * from {{ ref('stg_operational__service_events') }}

),

mds_events as (

    select * from {{ ref('int_mds_service_events') }}

),

gbfs_events as (

    select * from {{ ref('int_gbfs_service_events') }}

),

{%- set columns %}
        kind,
        latitude,
        longitude,
        x_m,
        y_m,
        battery_pct,
        occurred_at
{%- endset %}

final as (

    select
        service_event_id,
        city_id,
        scooter_id,
        parking_id,
        worker_id,
        {{- columns }}
    from service_events

    union all

    select
        service_event_id,
        city_id,
        scooter_id,
        parking_id,
        null as worker_id,
        {{- columns }}
    from mds_events

    union all

    select
        service_event_id,
        city_id,
        scooter_id,
        null as parking_id,
        null as worker_id,
        {{- columns }}
    from gbfs_events

)

select * from final
