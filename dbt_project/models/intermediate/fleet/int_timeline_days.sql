with

cities as (

    select
        city_id,
        data_from_at,
        {{ row_hash([
            'data_from_at', 'gps_tolerance_m', 'low_battery_pct', 'silent_hours', 'timezone',
        ]) }} as settings_hash
    from {{ ref('int_cities') }}

),

point_days as (

    select * from {{ ref('int_point_days') }}

),

scooters as (

    select * from {{ ref('int_scooters') }}

),

events as (

    select * from {{ ref('int_crew_events') }}

    union all

    select * from {{ ref('int_device_events') }}

),

hashed as (

    -- Rides, and where all that tells a place was located.
    select
        city_id,
        utc_date,
        cast(place_fingerprint as numeric) as day_hash
    from point_days

    union all

    select
        city_id,
        {{ utc_date('event_at') }} as utc_date,
        {{ row_hash([
            'scooter_id', 'cause', 'event_id', 'parking_id', 'x_m', 'y_m', 'tolerance_m',
            'battery_pct', 'event_at',
        ]) }} as day_hash
    from events

    union all

    select
        scooters.city_id,
        {{ utc_date('terms.changed_at') }} as utc_date,
        {{ row_hash(['scooters.scooter_id', 'terms.changed_at']) }} as day_hash
    from scooters
    cross join
        lateral (
            values (scooters.commissioned_at), (scooters.retired_at)
        ) as terms (changed_at)
    where terms.changed_at is not null

    union all

    select
        city_id,
        {{ utc_date('data_from_at') }} as utc_date,
        settings_hash as day_hash
    from cities
    where data_from_at is not null

),

days as (

    select
        city_id,
        utc_date,
        {{ row_hash(['utc_date', 'sum(day_hash)']) }} as day_hash
    from hashed
    group by city_id, utc_date

),

final as (

    select
        days.city_id,
        -- A state depends on all that happened before: so does the fingerprint.
        cast({{ row_hash(['cities.settings_hash', 'sum(days.day_hash) over so_far']) }} as text)
            as fingerprint,
        days.utc_date
    from days
    inner join cities on days.city_id = cities.city_id
    window so_far as (
        partition by days.city_id order by days.utc_date
        rows between unbounded preceding and current row
    )

)

select * from final
