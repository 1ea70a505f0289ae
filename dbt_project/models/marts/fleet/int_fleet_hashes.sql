with

date_parts as (

    select * from {{ ref('int_date_parts') }}

),

hours as (

    select * from {{ ref('int_hours') }}

),

service_events as (

    select * from {{ ref('int_service_events_known') }}

),

utc_days as (

    select
        city_id,
        fingerprint,
        utc_date
    from {{ ref('int_interval_days') }}

    union all

    select
        city_id,
        place_fingerprint as fingerprint,
        utc_date
    from {{ ref('int_point_days') }}

),

final as (

    select
        date_parts.city_id,
        date_parts.service_date,
        {{ row_hash(['utc_days.fingerprint', 'utc_days.utc_date']) }} as row_hash
    from date_parts
    inner join utc_days
        on
            date_parts.city_id = utc_days.city_id
            and date_parts.utc_date = utc_days.utc_date

    union all

    -- All pings of an hour bear the same fingerprint.
    select
        hours.city_id,
        hours.service_date,
        {{ row_hash(['hours.hour_at', 'marks.hour_fingerprint']) }} as row_hash
    from hours
    cross join
        lateral (
            select hour_marks.hour_fingerprint
            from {{ ref('int_ping_marks') }} as hour_marks
            where hour_marks.city_id = hours.city_id and hour_marks.hour_at = hours.hour_at
            limit 1  -- noqa: AM09
        ) as marks

    union all

    select
        service_events.city_id,
        hours.service_date,
        {{ row_hash([
            'service_events.service_event_id',
            'service_events.scooter_id',
            'service_events.kind',
            'service_events.battery_pct',
            'service_events.occurred_at',
        ]) }} as row_hash
    from service_events
    inner join hours
        on
            service_events.city_id = hours.city_id
            and {{ dbt.date_trunc('hour', 'service_events.occurred_at') }} = hours.hour_at

)

select * from final
