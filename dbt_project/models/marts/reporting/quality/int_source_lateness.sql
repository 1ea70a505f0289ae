with

cities as (

    select * from {{ ref('int_cities') }}
    -- The clock of a trip file is its last trip, so it cannot fall behind.
    where data_source = 'operational'

),

freshness as (

    select * from {{ ref('int_city_freshness') }}

),

planning as (

    select * from {{ ref('stg_planning__cities') }}

),

-- A sheet that nobody edits is not late; one whose last edit cannot be taken is.
waiting as (

    select min(rejected_at) as since_at
    from {{ ref('stg_planning__rejected_cells') }}

),

weather as (

    select
        city_id,
        max(issued_at) as issued_at
    from {{ ref('int_weather_hours') }}
    group by city_id

),

known as (

    select
        cities.*,
        freshness.last_ride_at,
        freshness.last_ping_at,
        -- A fleet whose scooters never told anything has no devices.
        cities.fleet_feed is null and freshness.last_ping_at is not null as has_pings,
        cast(freshness.quiet_service_h as double precision) as quiet_service_h,
        freshness.last_feed_at,
        planning.city_id is not null as is_planned,
        coalesce(waiting.since_at, cities.as_of_at) as planned_at,
        cities.fleet_feed is not null as has_feed,
        weather.issued_at is not null as has_weather,
        weather.issued_at,
        {{ var('planning_late_hours') }} as planning_late_hours,
        {{ var('weather_late_hours') }} as weather_late_hours
    from cities
    cross join waiting
    inner join freshness on cities.city_id = freshness.city_id
    left join planning on cities.city_id = planning.city_id
    left join weather on cities.city_id = weather.city_id

),

final as (

    select
        known.city_id,
        sources.source,
        sources.limit_h,
        -- Rides are counted in hours of service: a quiet night in a small town is no missing data.
        coalesce(
            case sources.source when 'operational' then known.quiet_service_h end,
            extract(epoch from (known.as_of_at - sources.last_at)) / 3600
        ) as late_h,
        sources.is_fleet,
        sources.last_at
    from known
    cross join
        lateral (
            values
            ('operational', known.fleet_feed is null, true, known.stale_hours, known.last_ride_at),
            ('telemetry', known.has_pings, true, known.stale_hours, known.last_ping_at),
            (known.fleet_feed, known.has_feed, true, known.stale_hours, known.last_feed_at),
            ('planning', known.is_planned, false, known.planning_late_hours, known.planned_at),
            ('weather', known.has_weather, false, known.weather_late_hours, known.issued_at)
        ) as sources (source, is_used, is_fleet, limit_h, last_at)
    where sources.is_used

)

select * from final
