with

pings as (

    select * from {{ ref('stg_telemetry__pings') }}

),

feed_pings as (

    select * from {{ ref('int_feed_pings') }}

),

cities as (

    select * from {{ ref('int_cities') }}

),

scooters as (

    select
        city_id,
        scooter_code,
        {{ row_hash(['scooter_id']) }} as scooter_hash
    from {{ ref('stg_operational__scooters') }}

),

counted as (

    select
        pings.city_id,
        count(*) as ping_count,
        -- A scooter that becomes known, or gets another code, has pings that were not marked.
        sum(scooters.scooter_hash) as scooters_hash,
        max(pings.received_at) as last_received_at,
        {{ dbt.date_trunc('hour', 'pings.reported_at') }} as hour_at
    from pings
    inner join cities on pings.city_id = cities.city_id
    inner join scooters
        on
            pings.city_id = scooters.city_id
            and pings.scooter_code = scooters.scooter_code
    where
        pings.reported_at <= cities.as_of_at
        and (pings.received_at is null or pings.received_at < cities.as_of_at)
        -- Pings that come later than this are seen by a full refresh only.
        and pings.reported_at >= {{ ping_lookback_start('cities.as_of_at') }}
    group by pings.city_id, {{ dbt.date_trunc('hour', 'pings.reported_at') }}

    union all

    select
        pings.city_id,
        count(*) as ping_count,
        null as scooters_hash,
        null as last_received_at,
        {{ dbt.date_trunc('hour', 'pings.reported_at') }} as hour_at
    from feed_pings as pings
    inner join cities on pings.city_id = cities.city_id
    where
        pings.reported_at <= cities.as_of_at
        and pings.reported_at >= {{ ping_lookback_start('cities.as_of_at') }}
    group by pings.city_id, {{ dbt.date_trunc('hour', 'pings.reported_at') }}

),

final as (

    select
        counted.city_id,
        counted.ping_count,
        -- Equal while neither the pings of the hour nor the settings that judge them changed.
        concat_ws(
            '|',
            counted.ping_count,
            counted.scooters_hash,
            counted.last_received_at,
            cities.gps_tolerance_m,
            cities.low_battery_pct,
            cities.silent_hours
        ) as fingerprint,
        counted.hour_at
    from counted
    inner join cities on counted.city_id = cities.city_id

)

select * from final
