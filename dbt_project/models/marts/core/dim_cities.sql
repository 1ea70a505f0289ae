with

cities as (

    select * from {{ ref('int_cities') }}

),

hours as (

    select * from {{ ref('int_hours') }}

),

rides as (

    select * from {{ ref('int_rides_located') }}

),

pings as (

    select * from {{ ref('int_latest_pings') }}

),

service_hours as (

    select
        hours.city_id,
        hours.hour_at,
        case
            when cities.service_start_hour = cities.service_end_hour then true
            when cities.service_start_hour < cities.service_end_hour
                then
                    hours.hour_of_day >= cities.service_start_hour
                    and hours.hour_of_day < cities.service_end_hour
            else
                hours.hour_of_day >= cities.service_start_hour
                or hours.hour_of_day < cities.service_end_hour
        end as is_in_service
    from hours
    inner join cities on hours.city_id = cities.city_id

),

last_rides as (

    select
        city_id,
        max(coalesce(ended_at, started_at)) as last_ride_at
    from rides
    group by city_id

),

last_pings as (

    select
        city_id,
        max(last_reported_at) as last_ping_at
    from pings
    group by city_id

),

-- Rides are counted in hours of service: a quiet night in a small town is no missing data.
quiet_hours as (

    select
        cities.city_id,
        count(service_hours.hour_at) as quiet_service_h
    from cities
    inner join last_rides on cities.city_id = last_rides.city_id
    left join service_hours
        on
            cities.city_id = service_hours.city_id
            and service_hours.hour_at >= last_rides.last_ride_at
            and service_hours.hour_at < cities.as_of_at
            and service_hours.is_in_service
    group by cities.city_id

),

judged as (

    select
        cities.*,
        last_rides.last_ride_at,
        last_pings.last_ping_at,
        coalesce(service_hours.is_in_service, true) as is_in_service,
        case
            -- The clock of a trip file is its last trip, so it cannot fall behind.
            when cities.data_source = 'open_trips' then null
            when last_rides.last_ride_at is null then 'No ride was ever loaded'
            when quiet_hours.quiet_service_h > cities.stale_hours
                then
                    'No ride for ' || quiet_hours.quiet_service_h
                    || ' hours of service, allowed ' || cities.stale_hours
            when
                last_pings.last_ping_at
                < cities.as_of_at - cities.stale_hours * interval '1 hour'
                then
                    'No ping for '
                    || floor(
                        extract(epoch from (cities.as_of_at - last_pings.last_ping_at)) / 3600
                    )
                    || ' h, allowed ' || cities.stale_hours || ' h'
        end as stale_reason
    from cities
    left join last_rides on cities.city_id = last_rides.city_id
    left join last_pings on cities.city_id = last_pings.city_id
    left join quiet_hours on cities.city_id = quiet_hours.city_id
    left join service_hours
        on
            cities.city_id = service_hours.city_id
            and service_hours.hour_at = {{ dbt.date_trunc('hour', 'cities.as_of_at') }}

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
