{{
    config(
        pre_hook="{{ join_by_hash() }}",
        indexes=[
            {'columns': ['scooter_id', 'started_at'], 'unique': true},
            {'columns': ['parking_id', 'started_at']},
        ]
    )
}}

with

spans as (

    select * from {{ ref('int_scooter_spans') }}

),

states as (

    select * from {{ ref('scooter_states') }}

),

latest_pings as (

    select * from {{ ref('int_latest_pings') }}

),

final as (

    select
        spans.scooter_id || '@' || extract(epoch from spans.started_at) as interval_id,
        spans.scooter_id,
        spans.city_id,
        spans.parking_id,
        spans.state,
        states.mds_state,
        spans.cause,
        spans.latitude,
        spans.longitude,
        spans.x_m,
        spans.y_m,
        spans.start_battery_pct,
        case
            when spans.is_current and latest_pings.last_reported_at >= spans.started_at
                then coalesce(latest_pings.battery_pct, spans.start_battery_pct)
            else coalesce(spans.next_battery_pct, spans.start_battery_pct)
        end as end_battery_pct,
        spans.is_current,
        spans.parked_since_at,
        spans.started_at,
        spans.ended_at
    from spans
    inner join states on spans.state = states.state
    left join latest_pings on spans.scooter_id = latest_pings.scooter_id

)

select * from final
