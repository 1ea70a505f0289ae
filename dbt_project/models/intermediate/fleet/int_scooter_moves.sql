{{ config(materialized='view', tags=['timeline']) }}

with

modes as (

    select * from {{ ref('int_scooter_modes') }}

),

told as (

    select
        *,
        case
            -- Where a ride or the crew leaves a scooter is told by that event, or by nobody.
            when cause in ('ride_end', 'deploy', 'drop_off') then true
            when x_m is null or y_m is null then false
            when cause <> 'ping' then true
            -- A scooter that rides or is carried gets its place where that ends.
            else is_place_mark and current_mode_code not in (1, 2)
        end as tells_place
    from modes

),

numbered as (

    select
        *,
        count(*) filter (where tells_place) over scooter as told_number
    from told
    window scooter as (partition by scooter_id order by event_number)

),

known as (

    -- Events without a position, and pings that only tell a charge or end a silence, leave it
    -- where it was known to be.
    select
        *,
        {%- for column in ['x_m', 'y_m', 'tolerance_m'] %}
        first_value({{ column }}) over told as known_{{ column }},
        {%- endfor %}
        count(case when current_mode_code not in (1, 2) then x_m end) over told as position_count
    from numbered
    window told as (partition by scooter_id, told_number order by event_number)

),

compared as (

    select
        *,
        lag(known_x_m) over scooter as previous_x_m,
        lag(known_y_m) over scooter as previous_y_m,
        lag(known_tolerance_m) over scooter as previous_tolerance_m
    from known
    window scooter as (partition by scooter_id order by event_number)

),

final as (

    select
        scooter_id,
        city_id,
        state,
        cause,
        parking_id,
        latitude,
        longitude,
        x_m,
        y_m,
        battery_pct,
        current_mode_code,
        event_number,
        battery_event_number,
        case
            when x_m is null or y_m is null then false
            when cause <> 'ping' then true
            when current_mode_code in (1, 2) then false
            -- Where nothing is known yet, the first ping will do until one is agreed to.
            when previous_x_m is null then tells_place or position_count = 1
            when not tells_place then false
            -- Both positions are uncertain: a place is new when it lies outside both tolerances.
            else
                {{ distance_m('x_m', 'y_m', 'previous_x_m', 'previous_y_m') }}
                > tolerance_m + coalesce(previous_tolerance_m, gps_tolerance_m)
        end as is_new_place,
        previous_x_m is not null as was_known,
        mode_since_at,
        event_at
    from compared

)

select * from final
