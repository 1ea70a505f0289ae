{#
    The one model that reads the pings row by row. It keeps the few that say something new; what
    it kept before the first hour that is out of date stays (see forget_ping_marks).
#}
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='append_new_columns',
        pre_hook="{{ forget_ping_marks(\
            this, ref('int_ping_hours'), ref('int_cities'), ref('int_pings_known')\
        ) }}",
        indexes=[
            {'columns': ['scooter_id', 'reported_at']},
            {'columns': ['city_id', 'hour_at']},
        ]
    )
}}

with

pings as (
    {{ pings_to_mark(this, ref('int_pings_known')) }}
),

compared as (

    select
        *,
        lag(reported_at) over scooter as previous_reported_at,
        lag(battery_pct) over scooter as previous_battery_pct,
        lag(is_parked) over scooter as was_parked,
        lag(tolerance_m) over scooter + tolerance_m as previous_tolerance_m,
        lead(tolerance_m) over scooter + tolerance_m as next_tolerance_m,
        {{ distance_m('x_m', 'y_m', 'lag(x_m) over scooter', 'lag(y_m) over scooter') }}
            as previous_distance_m,
        {{ distance_m('x_m', 'y_m', 'lead(x_m) over scooter', 'lead(y_m) over scooter') }}
            as next_distance_m,
        lead(reported_at) over scooter as next_reported_at
    from pings
    window scooter as (partition by scooter_id order by reported_at)

),

marked as (

    select
        *,
        -- Both positions are uncertain, so both tolerances count. One odd position is no move:
        -- the next ping must agree. The first ping after a ride corrects where the ride ended.
        is_parked and (
            previous_reported_at is null
            or (
                (previous_distance_m > previous_tolerance_m or not was_parked)
                and next_distance_m <= next_tolerance_m
                and next_reported_at <= reported_at + interval '6 hours'
            )
        ) as is_place_mark,
        (
            battery_pct < low_battery_pct
            and (previous_battery_pct is null or previous_battery_pct >= low_battery_pct)
        )
        or (
            battery_pct >= low_battery_pct + {{ var('battery_hysteresis_pct') }}
            and previous_battery_pct < low_battery_pct + {{ var('battery_hysteresis_pct') }}
        ) as is_battery_mark,
        reported_at
        > previous_reported_at + silent_hours * interval '1 hour' as is_silence_end,
        next_reported_at is null
        or {{ dbt.date_trunc('hour', 'next_reported_at') }} > hour_at as is_last_of_hour
    from compared

),

final as (

    select
        marked.scooter_id || '@' || extract(epoch from marked.reported_at) as ping_id,
        marked.scooter_id,
        marked.city_id,
        ping_hours.fingerprint as hour_fingerprint,
        {{ ping_rules('cities') }} as rules_fingerprint,
        marked.latitude,
        marked.longitude,
        marked.x_m,
        marked.y_m,
        marked.hdop,
        marked.battery_pct,
        marked.tolerance_m,
        marked.low_battery_pct,
        marked.silent_hours,
        marked.is_parked,
        marked.is_place_mark,
        coalesce(marked.is_battery_mark, false) as is_battery_mark,
        coalesce(marked.is_silence_end, false) as is_silence_end,
        marked.is_last_of_hour,
        marked.hour_at,
        marked.previous_reported_at,
        marked.reported_at
    from marked
    inner join {{ ref('int_cities') }} as cities on marked.city_id = cities.city_id
    left join {{ ref('int_ping_hours') }} as ping_hours
        on
            marked.city_id = ping_hours.city_id
            and marked.hour_at = ping_hours.hour_at
    where
        marked.is_new
        and (
            marked.is_last_of_hour
            or marked.is_place_mark
            or marked.is_battery_mark
            or marked.is_silence_end
        )

)

select * from final
