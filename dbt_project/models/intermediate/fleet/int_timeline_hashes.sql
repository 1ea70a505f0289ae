{{ config(materialized='view') }}

with

cities as (

    select * from {{ ref('int_cities') }}

),

parking_versions as (

    select * from {{ ref('int_parking_versions') }}

),

service_events as (

    select * from {{ ref('int_service_events_known') }}

),

pings as (

    select * from {{ ref('int_ping_marks') }}
    where is_place_mark or is_battery_mark or is_silence_end

),

final as (

    -- Rides, and where all that tells a place is located.
    select
        city_id,
        utc_date,
        cast(place_fingerprint as numeric) as day_hash
    from {{ ref('int_point_days') }}

    union all

    select
        service_events.city_id,
        {{ utc_date('service_events.occurred_at') }} as utc_date,
        {{ row_hash([
            'service_events.service_event_id',
            'service_events.scooter_id',
            'service_events.kind',
            'service_events.battery_pct',
            'service_events.occurred_at',
            'parking_versions.parking_id',
            'coalesce(service_events.x_m, parking_versions.x_m)',
            'coalesce(service_events.y_m, parking_versions.y_m)',
        ]) }} as day_hash
    from service_events
    left join parking_versions
        on
            service_events.parking_id = parking_versions.parking_id
            and service_events.occurred_at >= parking_versions.valid_from_at
            and service_events.occurred_at < parking_versions.valid_until_at

    union all

    select
        city_id,
        {{ utc_date('reported_at') }} as utc_date,
        {{ row_hash([
            'ping_id', 'x_m', 'y_m', 'tolerance_m', 'battery_pct',
            'coalesce(is_place_mark, false)', 'is_silence_end', 'previous_reported_at',
        ]) }} as day_hash
    from pings

    union all

    -- That nothing was heard is told on the day on which that began, whenever it was known.
    select
        city_id,
        {{ utc_date('from_at') }} as utc_date,
        {{ row_hash(['scooter_id', 'from_at']) }} as day_hash
    from {{ ref('int_silence_gaps') }}

    union all

    select
        scooters.city_id,
        {{ utc_date('terms.changed_at') }} as utc_date,
        {{ row_hash(['scooters.scooter_id', 'terms.status', 'terms.changed_at']) }} as day_hash
    from {{ ref('int_scooters') }} as scooters
    cross join
        lateral (
            values
            ('commissioned', scooters.commissioned_at),
            ('retired', scooters.retired_at)
        ) as terms (status, changed_at)
    where terms.changed_at is not null

    union all

    -- Some operators only set the status of a scooter and log no event.
    select
        city_id,
        {{ utc_date('changed_at') }} as utc_date,
        {{ row_hash(['scooter_id', 'cause', 'changed_at']) }} as day_hash
    from {{ ref('int_scooter_status_events') }}

    union all

    -- As the clock moves, the states of its day go on, and some scooters are silent for too long.
    select
        cities.city_id,
        {{ utc_date('clocks.clock_at') }} as utc_date,
        {{ row_hash(['clocks.clock_at']) }} as day_hash
    from cities
    cross join lateral (values (cities.data_from_at), (cities.as_of_at)) as clocks (clock_at)
    where cities.data_from_at is not null

)

select * from final
