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
        -- What was before the city's data, nobody knows.
        greatest(
            cities.data_from_at, {{ utc_midnight('interval_days.utc_date') }}
        ) as starts_at,
        -- The running day is over at the clock.
        least(
            cities.as_of_at,
            {{ utc_midnight('interval_days.utc_date + 1') }}
        ) as ends_at
    from interval_days
    inner join cities on interval_days.city_id = cities.city_id

),

places as (
    {{ versions_within_days(
        'days', 'openings', ['parking_id', 'capacity_count'], 'open_from_at', 'open_until_at'
    ) }}
),

final as (

    select
        days.city_id,
        days.fingerprint || '|' || places.versions_hash as fingerprint,
        days.utc_date,
        days.starts_at,
        days.ends_at
    from days
    -- A day on which no parking was open has no hours.
    inner join places
        on
            days.city_id = places.city_id
            and days.utc_date = places.utc_date

)

select * from final
