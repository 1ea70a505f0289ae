{{ config(materialized='view') }}

with

feed_cities as (

    select * from {{ ref('int_feed_cities') }}
    where fleet_feed = 'mds'

),

events as (

    select * from {{ ref('stg_mds__events') }}

),

event_kinds as (

    select * from {{ ref('mds_event_kinds') }}

),

typed as (

    select
        events.*,
        event_types.event_type,
        event_types.type_number
    from events
    inner join feed_cities on events.city_id = feed_cities.city_id
    cross join
        unnest(string_to_array(events.event_types, ','))
        with ordinality as event_types (event_type, type_number)

),

matched as (

    -- The type with the state says most, then the type, then the state.
    select distinct on (typed.service_event_id, typed.type_number)
        typed.*,
        event_kinds.kind
    from typed
    inner join event_kinds
        on
            event_kinds.event_type in (typed.event_type, '*')
            and event_kinds.vehicle_state in (typed.vehicle_state, '*')
    order by
        typed.service_event_id,
        typed.type_number,
        event_kinds.event_type = '*',
        event_kinds.vehicle_state = '*'

),

mapped as (

    -- An event of several types may be of one kind only.
    select distinct on (service_event_id, kind) *
    from matched
    where kind <> 'none'
    order by service_event_id, kind, type_number

),

final as (

    select
        service_event_id
        || case
            when row_number() over (partition by service_event_id order by type_number) > 1
                then '#' || type_number
            else ''
        end as service_event_id,
        city_id,
        scooter_id,
        parking_id,
        kind,
        latitude,
        longitude,
        x_m,
        y_m,
        battery_pct,
        occurred_at
    from mapped

)

select * from final
