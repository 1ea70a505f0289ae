with

city_days as (

    select * from {{ ref('bi_city_days') }}
    -- A count that grows by the hour would tell of single rides.
    where is_complete

),

cities as (

    select * from {{ ref('dim_cities') }}

),

databases as (

    select * from {{ ref('stg_operational__cities') }}

),

forgotten as (

    select
        forgotten.city_id,
        cast(forgotten.rides_before_at at time zone cities.timezone as date) as riders_from_date
    from {{ ref('stg_ops__forgotten') }} as forgotten
    inner join cities on forgotten.city_id = cities.city_id
    -- Trip files and feeds name no riders that could be forgotten.
    inner join databases on forgotten.city_id = databases.city_id

),

newest as (

    select
        city_id,
        max(service_date) as newest_date,
        coalesce(bool_or(rider_count > 0), false) as names_riders
    from city_days
    group by city_id

),

counted as (

    select
        city_days.*,
        -- There must be as many riders: ten rides may be one person's. Of a day whose riders are
        -- forgotten nobody can say; only where the source never names them its rides must do.
        least(
            city_days.ride_count,
            case
                when city_days.rider_count is not null then city_days.rider_count
                when newest.names_riders then 0
                when city_days.service_date < forgotten.riders_from_date then 0
                else city_days.ride_count
            end,
            city_days.deployed_scooters,
            city_days.active_scooters
        ) as least_count
    from city_days
    inner join newest on city_days.city_id = newest.city_id
    left join forgotten on city_days.city_id = forgotten.city_id
    where city_days.service_date > newest.newest_date - {{ var('public_days') }}

),

final as (

    select
        city_id,
        city_name_en,
        city_name_el,
        {%- for figure, decimals in [
            ('ride_count', none),
            ('rider_count', none),
            ('distance_km', 1),
            ('average_duration_min', 1),
            ('deployed_scooters', none),
            ('active_scooters', none),
            ('trips_per_scooter', 2),
            ('idle_share', 2),
            ('availability_share', 2),
        ] %}
        {{ suppressed(figure, 'least_count', decimals) }} as {{ figure }},
        {%- endfor %}
        service_date
    from counted

)

select * from final
