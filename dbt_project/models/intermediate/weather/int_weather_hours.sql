{{ config(indexes=[{'columns': ['city_id', 'hour_at'], 'unique': true}]) }}

with

weather as (

    select * from {{ ref('stg_weather__hours') }}

),

cities as (

    select * from {{ ref('int_cities') }}

),

known as (

    select weather.*
    from weather
    inner join cities on weather.city_id = cities.city_id
    where
        -- What is observed or issued after the clock is not known yet.
        (weather.kind = 'observed' and weather.hour_at <= cities.as_of_at)
        or (
            weather.kind = 'forecast'
            and weather.issued_at <= cities.as_of_at
            -- Forecasts further ahead are no better than the season's mean.
            and weather.hour_at <= cities.as_of_at + interval '72 hours'
        )

),

final as (

    -- Observed where known, else as the latest forecast says.
    select distinct on (city_id, hour_at)
        city_id,
        kind,
        temperature_c,
        precipitation_mm,
        wind_kmh,
        humidity_pct,
        hour_at,
        issued_at
    from known
    order by city_id asc, hour_at asc, kind desc, issued_at desc

)

select * from final
