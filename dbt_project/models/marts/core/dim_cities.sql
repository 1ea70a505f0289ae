with

cities as (

    select * from {{ ref('int_cities') }}

),

freshness as (

    select * from {{ ref('int_city_freshness') }}

),

judged as (

    select
        cities.*,
        freshness.last_ride_at,
        freshness.last_ping_at,
        freshness.is_in_service,
        case
            -- The clock of a trip file is its last trip, so it cannot fall behind.
            when cities.data_source = 'open_trips' then null
            -- A feed that is read tells the fleet, be there rides or none: of one whose ids change
            -- after each ride no ride can be concluded.
            when cities.fleet_feed is not null and freshness.last_feed_at is null
                then 'The feed was never read'
            when
                freshness.last_feed_at
                < cities.as_of_at - cities.stale_hours * interval '1 hour'
                then
                    'No news from the feed for '
                    || floor(
                        extract(epoch from (cities.as_of_at - freshness.last_feed_at)) / 3600
                    )
                    || ' h, allowed ' || cities.stale_hours || ' h'
            when cities.fleet_feed is not null then null
            when freshness.last_ride_at is null then 'No ride was ever loaded'
            when freshness.quiet_service_h > cities.stale_hours
                then
                    'No ride for ' || freshness.quiet_service_h
                    || ' hours of service, allowed ' || cities.stale_hours
            when
                freshness.last_ping_at
                < cities.as_of_at - cities.stale_hours * interval '1 hour'
                then
                    'No ping for '
                    || floor(
                        extract(epoch from (cities.as_of_at - freshness.last_ping_at)) / 3600
                    )
                    || ' h, allowed ' || cities.stale_hours || ' h'
        end as stale_reason
    from cities
    inner join freshness on cities.city_id = freshness.city_id

),

final as (

    select
        city_id,
        name_en,
        name_el,
        timezone,
        crs,
        currency,
        data_source,
        stale_reason,
        gps_tolerance_m,
        low_battery_pct,
        idle_hours,
        silent_hours,
        stale_hours,
        search_radius_m,
        ride_value,
        move_cost,
        depot_latitude,
        depot_longitude,
        depot_x_m,
        depot_y_m,
        service_start_hour,
        service_end_hour,
        is_in_service,
        stale_reason is not null as is_stale,
        last_ride_at,
        last_ping_at,
        as_of_at
    from judged

)

select * from final
