with

parking_days as (

    select * from {{ ref('int_parking_day_parts') }}

),

parkings as (

    select * from {{ ref('dim_parkings') }}

),

cities as (

    select
        *,
        cast(as_of_at at time zone timezone as date) as running_date
    from {{ ref('dim_cities') }}

),

counted as (

    select
        parking_days.city_id,
        parking_days.parking_id,
        parking_days.service_date,
        sum(parking_days.departure_count) as departure_count,
        {{ sum_of_min('parking_days.available_scooter_min') }}
        / nullif({{ sum_of_min('parking_days.observed_min') }}, 0) as average_count,
        {{ sum_of_min('parking_days.empty_min') }}
        / nullif({{ sum_of_min('parking_days.observed_min') }}, 0) as empty_share
    from parking_days
    inner join cities on parking_days.city_id = cities.city_id
    -- A count that grows by the hour would tell of single rides.
    where
        parking_days.service_date < cities.running_date
        and parking_days.service_date >= cities.running_date - {{ var('public_days') }}
    group by parking_days.city_id, parking_days.parking_id, parking_days.service_date

),

ranked as (

    select
        *,
        min(departure_count) over (partition by city_id, service_date) as least_count,
        count(*) over smaller as smaller_parking_count,
        coalesce(sum(departure_count) over smaller, 0) as smaller_departure_count
    from counted
    window smaller as (
        partition by city_id, service_date
        order by departure_count, parking_id
        rows between unbounded preceding and 1 preceding
    )

),

-- The city's rides are published too: what is hidden must not be what is left of them. So at
-- least two parkings are hidden together, with ten departures or more.
disclosed as (

    select
        *,
        least(
            departure_count,
            case
                when least_count >= {{ var('suppressed_below') }} then departure_count
                when smaller_parking_count < 2 then 0
                else smaller_departure_count
            end
        ) as behind_count
    from ranked

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
        cast(
            {{ suppressed('disclosed.departure_count', 'disclosed.behind_count') }} as integer
        ) as departure_count,
        disclosed.average_count,
        disclosed.empty_share,
        disclosed.service_date
    from disclosed
    inner join cities on disclosed.city_id = cities.city_id
    inner join parkings on disclosed.parking_id = parkings.parking_id

)

select * from final
