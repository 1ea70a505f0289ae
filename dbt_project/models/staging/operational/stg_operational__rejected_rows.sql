with

parkings as (

    select * from {{ source('raw_operational', 'parkings_rejected') }}

),

scooters as (

    select * from {{ source('raw_operational', 'scooters_rejected') }}

),

rides as (

    select * from {{ source('raw_operational', 'rides_rejected') }}

),

service_events as (

    select * from {{ source('raw_operational', 'service_events_rejected') }}

),

app_searches as (

    select * from {{ source('raw_operational', 'app_searches_rejected') }}

),

final as (

    select
        'raw_operational.parkings' as source_table,
        row_key,
        city as city_id,
        reason,
        original,
        rejected_at
    from parkings

    union all

    select
        'raw_operational.scooters' as source_table,
        row_key,
        city as city_id,
        reason,
        original,
        rejected_at
    from scooters

    union all

    select
        'raw_operational.rides' as source_table,
        row_key,
        city as city_id,
        reason,
        original,
        rejected_at
    from rides

    union all

    select
        'raw_operational.service_events' as source_table,
        row_key,
        city as city_id,
        reason,
        original,
        rejected_at
    from service_events

    union all

    select
        'raw_operational.app_searches' as source_table,
        row_key,
        city as city_id,
        reason,
        original,
        rejected_at
    from app_searches

)

select * from final
