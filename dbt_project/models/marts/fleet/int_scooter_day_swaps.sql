with

hours as (

    select * from {{ ref('int_hours') }}

),

service_events as (

    select * from {{ ref('int_service_events_known') }}

),

final as (

    select
        service_events.scooter_id,
        service_events.city_id,
        hours.service_date,
        cast(count(*) as integer) as swap_count
    from service_events
    inner join hours
        on
            service_events.city_id = hours.city_id
            and {{ dbt.date_trunc('hour', 'service_events.occurred_at') }} = hours.hour_at
    -- Other kinds of events leave the battery as it is.
    where service_events.kind = 'battery_swap'
    group by service_events.scooter_id, service_events.city_id, hours.service_date

)

select * from final
