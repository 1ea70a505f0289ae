with

interval_days as (

    select * from {{ ref('int_interval_days') }}

),

openings as (

    select * from {{ ref('int_parking_openings') }}

),

cities as (

    select * from {{ ref('int_cities') }}

),

days as (

    select
        interval_days.city_id,
        interval_days.fingerprint,
        interval_days.utc_date,
        {{ utc_midnight('interval_days.utc_date') }} as begins_at,
        {{ utc_midnight('interval_days.utc_date + 1') }} as midnight_at,
        -- The running day is over at the clock.
        least(
            cities.as_of_at,
            {{ utc_midnight('interval_days.utc_date + 1') }}
        ) as ends_at
    from interval_days
    inner join cities on interval_days.city_id = cities.city_id

),

places as (

    -- What is open, as far as it is within the day: closing a parking changes no day before.
    select
        days.city_id,
        days.utc_date,
        sum({{ row_hash([
            'openings.parking_id',
            'openings.capacity_count',
            'greatest(openings.open_from_at, days.begins_at)',
            'least(openings.open_until_at, days.midnight_at)',
        ]) }}) as places_hash
    from days
    inner join openings
        on
            days.city_id = openings.city_id
            and days.begins_at < openings.open_until_at
            and days.midnight_at > openings.open_from_at
    group by days.city_id, days.utc_date

),

final as (

    select
        days.city_id,
        days.fingerprint || '|' || places.places_hash as fingerprint,
        days.utc_date,
        days.ends_at
    from days
    -- A day on which no parking was open has no hours.
    inner join places
        on
            days.city_id = places.city_id
            and days.utc_date = places.utc_date

)

select * from final
