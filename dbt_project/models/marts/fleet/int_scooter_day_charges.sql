with

cities as (

    select * from {{ ref('int_cities') }}

),

hours as (

    select * from {{ ref('int_hours') }}

),

rides as (

    select * from {{ ref('fct_rides') }}

),

service_events as (

    select * from {{ ref('int_service_events_united') }}

),

pings as (

    -- The last ping of each hour, and those at which the battery ran low.
    select * from {{ ref('int_ping_marks') }}

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

    select
        scooter_id,
        city_id,
        start_battery_pct as battery_pct,
        started_at as read_at,
        false as is_ping
    from rides

    union all

    select
        scooter_id,
        city_id,
        end_battery_pct as battery_pct,
        ended_at as read_at,
        false as is_ping
    from rides

    union all

    select
        service_events.scooter_id,
        service_events.city_id,
        service_events.battery_pct,
        service_events.occurred_at as read_at,
        false as is_ping
    from service_events
    inner join cities on service_events.city_id = cities.city_id
    -- After the clock none has happened yet.
    where service_events.occurred_at <= cities.as_of_at

),

final as (

    select
        readings.scooter_id,
        readings.city_id,
        hours.service_date,
        {%- for name, order in [('first', 'asc'), ('last', 'desc')] %}
        (
            array_agg(readings.battery_pct order by readings.read_at {{ order }})
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
    group by readings.scooter_id, readings.city_id, hours.service_date

)

select * from final
