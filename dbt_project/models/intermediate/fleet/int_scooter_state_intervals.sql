-- depends_on: {{ ref('int_timeline_resumes') }}
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='sync_all_columns',
        meta={'worked_by': 'utc_date'},
        pre_hook=[
            "{{ forget_resumed_intervals(this, ref('int_timeline_resumes')) }}",
            "{{ join_by_hash() }}",
        ],
        indexes=[
            {'columns': ['city_id', 'utc_date']},
            {'columns': ['scooter_id', 'started_at'], 'unique': true},
            {'columns': ['scooter_id', 'city_id']},
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

days as (

    select * from {{ ref('int_timeline_days') }}

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
        -- Nobody told that it is gone: it does not answer.
        case
            when spans.state = 'lost' and spans.cause = 'silence' then 'non_contactable'
            else states.mds_state
        end as mds_state,
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
        spans.is_resumable,
        {{ built_from('days') }} as day_fingerprint,
        -- Neither a swap nor a silence ends idling.
        case
            when spans.state in ('available', 'low_battery', 'out_of_service')
                then
                    coalesce(
                        max(
                            case
                                when spans.state in ('on_trip', 'in_van') then spans.ended_at
                                when spans.state = 'lost' and spans.cause <> 'silence'
                                    then spans.ended_at
                                when spans.is_moved then spans.started_at
                                -- Also where the pick-up before it is missing.
                                when spans.cause in ('ride_end', 'deploy', 'drop_off', 'found')
                                    then spans.started_at
                            end
                        ) over so_far,
                        min(spans.started_at) over so_far
                    )
        end as idle_since_at,
        {{ utc_date('spans.started_at') }} as utc_date,
        spans.parked_since_at,
        spans.started_at,
        spans.ended_at
    from spans
    inner join states on spans.state = states.state
    left join days
        on
            spans.city_id = days.city_id
            and {{ utc_date('spans.started_at') }} = days.utc_date
    left join latest_pings on spans.scooter_id = latest_pings.scooter_id
    window so_far as (
        partition by spans.scooter_id order by spans.started_at
        rows between unbounded preceding and current row
    )

)

select * from final
