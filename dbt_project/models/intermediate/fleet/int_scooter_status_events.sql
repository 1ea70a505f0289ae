{{ config(materialized='view') }}

with

changes as (

    select * from {{ ref('int_scooter_status_changes') }}

),

service_events as (

    select * from {{ ref('int_service_events_known') }}
    -- A scooter may get a battery wherever it is, and stays what it was.
    where kind <> 'battery_swap'

),

ride_events as (

    select * from {{ ref('int_ride_events') }}

),

united as (

    select
        scooter_id,
        null as city_id,
        null as cause,
        null as is_start,
        kind,
        null as previous_changed_at,
        occurred_at
    from service_events
    where scooter_id in (select changes.scooter_id from changes)

    union all

    select
        scooter_id,
        city_id,
        cause,
        is_start,
        null as kind,
        previous_changed_at,
        changed_at as occurred_at
    from changes

),

numbered as (

    select
        *,
        count(kind) over (
            partition by scooter_id order by occurred_at, kind nulls last
            rows between unbounded preceding and current row
        ) as service_number
    from united

),

served as (

    select
        *,
        -- What the crew did last, and when.
        max(kind) over service as last_kind,
        max(case when kind is not null then occurred_at end) over service as served_at
    from numbered
    window service as (partition by scooter_id, service_number)

),

final as (

    select
        scooter_id,
        city_id,
        cause,
        occurred_at as changed_at
    from served
    where
        kind is null
        -- The crew and the rides know the time and the place better.
        and case
            when is_start then last_kind is distinct from cause
            when served_at > previous_changed_at then false
            else not exists (
                select 1
                from ride_events
                where
                    ride_events.scooter_id = served.scooter_id
                    and ride_events.event_at > served.previous_changed_at
                    and ride_events.event_at <= served.occurred_at
            )
        end

)

select * from final
