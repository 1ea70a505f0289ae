{{ config(materialized='view') }}

with

cities as (

    select * from {{ ref('int_cities') }}

),

rides as (

    select * from {{ ref('stg_operational__rides') }}

),

trips as (

    select * from {{ ref('stg_open_trips__trips') }}

),

united as (

    select
        ride_id,
        city_id,
        scooter_id,
        user_id,
        status,
        cast(null as text) as start_station_id,
        cast(null as text) as end_station_id,
        start_latitude,
        start_longitude,
        start_x_m,
        start_y_m,
        start_hdop,
        end_latitude,
        end_longitude,
        end_x_m,
        end_y_m,
        end_hdop,
        start_battery_pct,
        end_battery_pct,
        coalesce(distance_m, path_length_m) as distance_m,
        price,
        started_at,
        ended_at
    from rides

    union all

    select
        ride_id,
        city_id,
        scooter_id,
        null as user_id,
        'completed' as status,
        start_station_id,
        end_station_id,
        start_latitude,
        start_longitude,
        start_x_m,
        start_y_m,
        null as start_hdop,
        end_latitude,
        end_longitude,
        end_x_m,
        end_y_m,
        null as end_hdop,
        null as start_battery_pct,
        null as end_battery_pct,
        distance_m,
        null as price,
        started_at,
        ended_at
    from trips

),

known as (

    select
        united.*,
        united.ended_at is not null and united.ended_at <= cities.as_of_at as is_ended
    from united
    inner join cities on united.city_id = cities.city_id
    where
        -- What starts after the clock has not happened yet.
        united.started_at <= cities.as_of_at
        -- The extraction rejects rides that end before they start; never build on one.
        and (united.ended_at is null or united.ended_at >= united.started_at)

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
            'price',
        ] %}
        case when is_ended then {{ column }} end as {{ column }},
        {%- endfor %}
        started_at,
        case when is_ended then ended_at end as ended_at
    from known

)

select * from final
