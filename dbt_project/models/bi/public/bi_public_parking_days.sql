with

parking_days as (

    select * from {{ ref('int_parking_day_parts') }}

),

ride_days as (

    select * from {{ ref('int_parking_ride_days') }}

),

city_days as (

    select * from {{ ref('bi_public_city_days') }}

),

parkings as (

    select * from {{ ref('dim_parkings') }}

),

cities as (

    select * from {{ ref('dim_cities') }}

),

counted as (

    select
        parking_days.city_id,
        parking_days.parking_id,
        parking_days.service_date,
        min(city_days.ride_count) as city_ride_count,
        min(city_days.rider_count) as city_rider_count,
        sum(parking_days.departure_count) as departure_count,
        {{ sum_of_min('parking_days.available_scooter_min') }}
        / nullif({{ sum_of_min('parking_days.observed_min') }}, 0) as average_count,
        {{ sum_of_min('parking_days.empty_min') }}
        / nullif({{ sum_of_min('parking_days.observed_min') }}, 0) as empty_share
    from parking_days
    -- The days that are over, of the last ones.
    inner join city_days
        on
            parking_days.city_id = city_days.city_id
            and parking_days.service_date = city_days.service_date
    group by parking_days.city_id, parking_days.parking_id, parking_days.service_date

),

weighed as (

    select
        counted.*,
        case
            -- What is hidden of the city is hidden of its parkings, days of forgotten riders too.
            when counted.city_ride_count is null then 0
            -- Told without riders: its source never names them.
            when counted.city_rider_count is null then counted.departure_count
            else least(counted.departure_count, coalesce(ride_days.known_rider_count, 0))
        end as own_count
    from counted
    left join ride_days
        on
            counted.parking_id = ride_days.parking_id
            and counted.service_date = ride_days.service_date

),

-- What is hidden must not be what is left of the city's rides. So at least two parkings are hidden
-- together, one of them of ten departures and riders: those of several can be the same ones.
disclosed as (

    select
        *,
        case
            when
                min(own_count) over (partition by city_id, service_date)
                >= {{ var('suppressed_below') }}
                then own_count
            when count(*) over smaller < 2 then 0
            else least(own_count, max(own_count) over smaller)
        end as behind_count
    from weighed
    window smaller as (
        partition by city_id, service_date
        order by own_count, departure_count, parking_id
        rows between unbounded preceding and 1 preceding
    )

),

final as (

    select
        disclosed.parking_id,
        disclosed.city_id,
        cities.name_en as city_name_en,
        cities.name_el as city_name_el,
        parkings.name as parking_name,
        parkings.latitude,
        parkings.longitude,
        {{ datalens_point('parkings.latitude', 'parkings.longitude') }} as datalens_point,
        cast({{ suppressed('departure_count', 'behind_count') }} as integer) as departure_count,
        {{ suppressed('average_count', 'behind_count', 1) }} as average_count,
        {{ suppressed('empty_share', 'behind_count', 2) }} as empty_share,
        disclosed.service_date
    from disclosed
    inner join cities on disclosed.city_id = cities.city_id
    inner join parkings on disclosed.parking_id = parkings.parking_id

)

select * from final
