{{ incremental_by_day(
    'int_fleet_days',
    indexes=[{'columns': ['scooter_id', 'service_date', 'city_id'], 'unique': true}],
    date='service_date',
) }}

{%- set since_at = first_missing_at(
    this, ref('int_fleet_days'), ref('int_cities'), date='service_date'
) %}

with

missing_days as (
    {{ missing_days(this, ref('int_fleet_days'), ref('int_cities'), 'service_date') }}
),

hours as (

    select * from {{ ref('int_hours') }}

),

rides as (

    select * from {{ ref('fct_rides') }}
    where started_at >= {{ since_at }} or ended_at >= {{ since_at }}

),

service_events as (

    select * from {{ ref('int_service_events_known') }}
    where occurred_at >= {{ since_at }}

),

pings as (

    -- The last ping of each hour, and those at which the battery ran low.
    select * from {{ ref('int_ping_marks') }}
    where reported_at >= {{ since_at }}

),

readings as (

    select
        scooter_id,
        city_id,
        battery_pct,
        reported_at as read_at,
        true as is_ping
    from pings

    union all
    {%- for end, end_at in [('start', 'started_at'), ('end', 'ended_at')] %}

    select
        scooter_id,
        city_id,
        {{ end }}_battery_pct as battery_pct,
        {{ end_at }} as read_at,
        false as is_ping
    from rides

    union all
    {%- endfor %}

    select
        scooter_id,
        city_id,
        battery_pct,
        occurred_at as read_at,
        false as is_ping
    from service_events

),

final as (

    select
        readings.scooter_id,
        readings.city_id,
        missing_days.day_fingerprint,
        hours.service_date,
        {%- for name, order in [('first', 'asc'), ('last', 'desc')] %}
        (
            -- Of the same moment the ride's or the crew's goes before the ping's, then the lesser.
            array_agg(
                readings.battery_pct
                order by readings.read_at {{ order }}, readings.is_ping, readings.battery_pct
            )
            filter (where readings.battery_pct is not null)
        )[1] as {{ name }}_battery_pct,
        {%- endfor %}
        min(readings.battery_pct) as minimum_battery_pct,
        bool_or(readings.is_ping) as has_pinged
    from readings
    inner join hours
        on
            readings.city_id = hours.city_id
            and {{ dbt.date_trunc('hour', 'readings.read_at') }} = hours.hour_at
    inner join missing_days
        on
            hours.city_id = missing_days.city_id
            and hours.service_date = missing_days.service_date
    group by
        readings.scooter_id, readings.city_id, missing_days.day_fingerprint, hours.service_date

)

select * from final
