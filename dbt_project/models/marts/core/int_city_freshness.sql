with

cities as (

    select * from {{ ref('int_cities') }}

),

service_hours as (

    select * from {{ ref('int_city_service_hours') }}

),

rides as (

    select * from {{ ref('int_rides_located') }}

),

pings as (

    select * from {{ ref('int_latest_pings') }}

),

mds as (

    select * from {{ ref('stg_mds__cities') }}

),

gbfs as (

    select
        city_id,
        max(observed_at) as observed_at
    from {{ ref('stg_gbfs__snapshots') }}
    group by city_id

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
            and last_rides.last_ride_at <= service_hours.hour_at
            and cities.as_of_at > service_hours.hour_at
            and service_hours.is_in_service
    group by cities.city_id

),

final as (

    select
        cities.city_id,
        quiet_hours.quiet_service_h,
        coalesce(service_hours.is_in_service, true) as is_in_service,
        last_rides.last_ride_at,
        last_pings.last_ping_at,
        case cities.fleet_feed
            when 'mds' then mds.read_until_at
            when 'gbfs' then gbfs.observed_at
        end as last_feed_at
    from cities
    left join mds on cities.city_id = mds.city_id
    left join gbfs on cities.city_id = gbfs.city_id
    left join last_rides on cities.city_id = last_rides.city_id
    left join last_pings on cities.city_id = last_pings.city_id
    left join quiet_hours on cities.city_id = quiet_hours.city_id
    left join service_hours
        on
            cities.city_id = service_hours.city_id
            and service_hours.hour_at = {{ dbt.date_trunc('hour', 'cities.as_of_at') }}

)

select * from final
