with

source as (

    select * from {{ source('raw_weather', 'hourly') }}

),

final as (

    select
        city as city_id,
        kind,
        temperature_c,
        precipitation_mm,
        wind_kmh,
        humidity_pct,
        cast(condition_code as integer) as condition_code,
        hour_at,
        issued_at
    from source

)

select * from final
