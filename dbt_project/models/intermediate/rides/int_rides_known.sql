{{ config(materialized='view') }}

with

cities as (

    select * from {{ ref('int_cities') }}

),

rides as (

    select * from {{ ref('int_rides_united') }}

),

known as (

    select
        rides.*,
        rides.ended_at is not null and rides.ended_at <= cities.as_of_at as is_ended
    from rides
    inner join cities on rides.city_id = cities.city_id
    where
        -- What starts after the clock has not happened yet.
        rides.started_at <= cities.as_of_at
        -- The extraction rejects rides that end before they start; never build on one.
        and (rides.ended_at is null or rides.ended_at >= rides.started_at)

),

final as (

    select
        ride_id,
        city_id,
        scooter_id,
        user_id,
        case
            when status = 'cancelled' then 'cancelled'
            when is_ended then 'completed'
            else 'ongoing'
        end as status,
        start_station_id,
        start_latitude,
        start_longitude,
        start_x_m,
        start_y_m,
        start_hdop,
        start_battery_pct,
        {#- The end of a ride under way is in the future, whatever the source knows of it. -#}
        {%- for column in [
            'end_station_id',
            'end_latitude',
            'end_longitude',
            'end_x_m',
            'end_y_m',
            'end_hdop',
            'end_battery_pct',
            'distance_m',
            'path_length_m',
            'price',
        ] %}
        case when is_ended then {{ column }} end as {{ column }},
        {%- endfor %}
        is_inferred,
        confidence,
        started_at,
        case when is_ended then ended_at end as ended_at
    from known

)

select * from final
