{{ config(materialized='view', tags=['timeline']) }}

with

moves as (

    select * from {{ ref('int_scooter_moves') }}

),

numbered as (

    select
        *,
        count(*) filter (where is_new_place) over scooter as place_number,
        lag(state) over scooter as previous_state
    from moves
    window scooter as (partition by scooter_id order by event_number)

),

placed as (

    select
        scooter_id,
        city_id,
        state,
        previous_state,
        cause,
        {%- for column in ['parking_id', 'latitude', 'longitude', 'x_m', 'y_m'] %}
        first_value({{ column }}) over place as {{ column }},
        {%- endfor %}
        battery_pct as event_battery_pct,
        first_value(battery_pct) over battery as battery_pct,
        current_mode_code,
        event_number,
        is_new_place,
        was_known,
        mode_since_at,
        event_at
    from numbered
    window
        place as (partition by scooter_id, place_number order by event_number),
        battery as (partition by scooter_id, battery_event_number order by event_number)

),

final as (

    select
        scooter_id,
        city_id,
        state,
        cause,
        -- A scooter that is ridden, carried or reported lost stands at no parking; one that only
        -- fell silent keeps the one where it was, though lost it is in no parking's stock.
        case when current_mode_code in (0, 3) then parking_id end as parking_id,
        latitude,
        longitude,
        x_m,
        y_m,
        event_battery_pct,
        battery_pct,
        event_number,
        -- Its mode, place and charge are its own: nothing before it matters to what follows.
        cause = 'ride_start'
        and is_new_place
        and (event_battery_pct is not null or battery_pct is null) as is_resumable,
        -- Without a ride, and the crew told nothing of it.
        cause = 'ping' and is_new_place and was_known as is_moved,
        mode_since_at,
        event_at
    from placed
    where
        -- A ping or a silence that changes nothing starts no interval.
        cause not in ('ping', 'silence')
        or is_new_place
        or state is distinct from previous_state

)

select * from final
