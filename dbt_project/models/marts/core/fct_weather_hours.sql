with

weather as (

    select * from {{ ref('int_weather_hours') }}

),

final as (

    select
        city_id,
        kind,
        temperature_c,
        precipitation_mm,
        wind_kmh,
        humidity_pct,
        hour_at,
        issued_at
    from weather

)

select * from final
