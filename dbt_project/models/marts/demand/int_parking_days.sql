with

interval_days as (

    select * from {{ ref('int_interval_days') }}

),

parkings as (

    select * from {{ ref('int_parkings') }}

),

cities as (

    select * from {{ ref('int_cities') }}

),

places as (

    select
        city_id,
        sum(hashtextextended(concat_ws('|', parking_id, capacity_count), 0)) as fingerprint
    from parkings
    group by city_id

),

final as (

    select
        interval_days.city_id,
        interval_days.fingerprint || '|' || places.fingerprint as fingerprint,
        interval_days.utc_date,
        -- The running day is over at the clock.
        least(
            cities.as_of_at,
            {{ utc_midnight('interval_days.utc_date + 1') }}
        ) as ends_at
    from interval_days
    inner join cities on interval_days.city_id = cities.city_id
    inner join places on interval_days.city_id = places.city_id

)

select * from final
