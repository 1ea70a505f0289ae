{{ config(materialized='view', tags=['timeline']) }}

with

silences as (

    select * from {{ ref('int_scooter_silences') }}

),

pings as (

    select * from {{ ref('int_ping_marks') }}
    where is_place_mark or is_battery_mark or is_silence_end

),

located as (

    select * from {{ ref('int_points_located') }}
    where point_kind = 'ping'

),

final as (

    select
        scooter_id,
        city_id,
        'silence' as cause,
        0 as tie_order,
        cast(null as text) as event_id,
        cast(null as text) as parking_id,
        cast(null as double precision) as latitude,
        cast(null as double precision) as longitude,
        cast(null as double precision) as x_m,
        cast(null as double precision) as y_m,
        cast(null as double precision) as tolerance_m,
        cast(null as double precision) as battery_pct,
        false as is_place_mark,
        silent_from_at as event_at
    from silences

    union all

    select
        pings.scooter_id,
        pings.city_id,
        'ping' as cause,
        0 as tie_order,
        pings.ping_id as event_id,
        located.parking_id,
        pings.latitude,
        pings.longitude,
        pings.x_m,
        pings.y_m,
        pings.tolerance_m,
        pings.battery_pct,
        -- NULL where the next ping, which has to agree, has not come.
        coalesce(pings.is_place_mark, false) as is_place_mark,
        pings.reported_at as event_at
    from pings
    left join located on pings.ping_id = located.point_id

)

select * from final
