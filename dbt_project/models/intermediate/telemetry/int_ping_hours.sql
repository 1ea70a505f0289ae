with

pings as (

    select * from {{ ref('stg_telemetry__pings') }}

),

cities as (

    select * from {{ ref('int_cities') }}

),

final as (

    select
        pings.city_id,
        count(*) as ping_count,
        -- Equal while neither the pings of the hour nor the settings that judge them changed.
        concat_ws(
            '|',
            count(*),
            max(pings.received_at),
            cities.gps_tolerance_m,
            cities.low_battery_pct,
            cities.silent_hours
        ) as fingerprint,
        {{ dbt.date_trunc('hour', 'pings.reported_at') }} as hour_at
    from pings
    inner join cities on pings.city_id = cities.city_id
    where
        pings.reported_at <= cities.as_of_at
        and (pings.received_at is null or pings.received_at < cities.as_of_at)
        -- Pings that come later than this are seen by a full refresh only.
        and pings.reported_at >= {{ ping_lookback_start('cities.as_of_at') }}
    group by
        pings.city_id,
        {{ dbt.date_trunc('hour', 'pings.reported_at') }},
        cities.gps_tolerance_m,
        cities.low_battery_pct,
        cities.silent_hours

)

select * from final
