{# mode_code: 0 parked, 1 on a ride, 2 in a van or the workshop, 3 out of service, 4 lost. #}
{{ config(materialized='view', tags=['timeline']) }}

with

events as (

    select * from {{ ref('int_scooter_events') }}

),

cities as (

    select
        *,
        low_battery_pct + {{ var('battery_hysteresis_pct') }} as charged_again_pct
    from {{ ref('int_cities') }}

),

coded as (

    select
        events.*,
        row_number() over scooter as event_number,
        case events.cause
            when 'ride_start' then 1
            when 'pick_up' then 2
            when 'maintenance_start' then 3
            when 'reported_lost' then 4
            when 'retire' then 3
            when 'ride_end' then 0
            when 'deploy' then 0
            when 'drop_off' then 0
            when 'found' then 0
            -- Resolved below: a scooter repaired in the workshop is still in the crew's hands.
            when 'maintenance_end' then 5
        end as mode_code,
        case
            when events.cause = 'pick_up' then 1
            when events.cause in ('ride_start', 'ride_end', 'deploy', 'drop_off', 'found') then 0
        end as carried_code,
        case
            when events.battery_pct < cities.low_battery_pct then 1
            when events.battery_pct >= cities.charged_again_pct then 0
            -- Between the two a ping is noise; a swap or the end of a ride is a fact.
            when events.battery_pct is not null and events.cause <> 'ping' then 0
            when events.cause = 'battery_swap' then 0
        end as low_code,
        cities.gps_tolerance_m
    from events
    inner join cities on events.city_id = cities.city_id
    window scooter as (
        partition by events.scooter_id
        order by events.event_at, events.tie_order, events.cause, events.event_id
    )

),

carried as (

    select
        *,
        {{ last_known('mode_code', 'event_number', 'scooter') }} as last_mode_code,
        {{ last_known('carried_code', 'event_number', 'scooter') }} as is_carried_code,
        coalesce({{ last_known('low_code', 'event_number', 'scooter') }}, 0) as is_low_code,
        max(case when mode_code is not null then event_at end) over scooter as mode_since_at,
        max(case when battery_pct is not null then event_number end) over scooter
            as battery_event_number
    from coded
    window scooter as (partition by scooter_id order by event_number)

),

resolved as (

    select
        *,
        case
            -- In the workshop it is in nobody's way, and takes no place at a parking.
            when last_mode_code in (3, 5) and is_carried_code = 1 then 2
            when last_mode_code = 5 then 0
            else coalesce(last_mode_code, 0)
        end as current_mode_code
    from carried

),

final as (

    select
        *,
        case
            when current_mode_code = 4 then 'lost'
            when current_mode_code = 3 then 'out_of_service'
            when current_mode_code = 2 then 'in_van'
            when cause = 'silence' then 'lost'
            when current_mode_code = 1 then 'on_trip'
            when is_low_code = 1 then 'low_battery'
            else 'available'
        end as state
    from resolved

)

select * from final
