with

city_days as (

    select * from {{ ref('bi_city_days') }}
    -- A count that grows by the hour would tell of single rides.
    where is_complete

),

newest as (

    select
        city_id,
        max(service_date) as newest_date
    from city_days
    group by city_id

),

counted as (

    select
        city_days.*,
        -- Where riders are known there must be as many of them: ten rides may be one person's.
        least(
            city_days.ride_count,
            coalesce(city_days.rider_count, city_days.ride_count),
            city_days.deployed_scooters,
            city_days.active_scooters
        ) as least_count
    from city_days
    inner join newest on city_days.city_id = newest.city_id
    where city_days.service_date > newest.newest_date - {{ var('public_days') }}

),

final as (

    select
        city_id,
        city_name_en,
        city_name_el,
        {%- for figure in [
            'ride_count',
            'rider_count',
            'distance_km',
            'average_duration_min',
            'deployed_scooters',
            'active_scooters',
            'trips_per_scooter',
            'idle_share',
            'availability_share',
        ] %}
        {{ suppressed(figure, 'least_count') }} as {{ figure }},
        {%- endfor %}
        service_date
    from counted

)

select * from final
