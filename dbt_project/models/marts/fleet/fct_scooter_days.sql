{{ config(pre_hook="{{ join_by_hash() }}") }}

with

cities as (

    select * from {{ ref('int_cities') }}

),

days as (

    select * from {{ ref('int_scooter_day_states') }}

),

charges as (

    select * from {{ ref('int_scooter_day_charges') }}

),

day_ends as (

    select * from {{ ref('int_scooter_day_ends') }}

),

ride_days as (

    select * from {{ ref('int_scooter_day_rides') }}

),

swap_days as (

    select * from {{ ref('int_scooter_day_swaps') }}

),

pinging as (

    select
        city_id,
        min(service_date) as first_date
    from charges
    where has_pinged
    group by city_id

),

final as (

    select
        days.scooter_id,
        days.city_id,
        day_ends.last_parking_id,
        day_ends.last_state,
        days.available_min,
        days.on_trip_min,
        days.low_battery_min,
        days.out_of_service_min,
        days.in_van_min,
        days.lost_min,
        days.total_min,
        days.day_min,
        cast(coalesce(ride_days.ride_count, 0) as integer) as ride_count,
        -- Nothing ridden is 0; a length that the source does not tell is unknown.
        case when ride_days.ended_ride_count > 0 then ride_days.distance_m else 0 end as distance_m,
        -- Trip files know no batteries.
        case when cities.data_source = 'operational' then coalesce(swap_days.swap_count, 0) end
            as swap_count,
        day_ends.idle_h,
        charges.first_battery_pct,
        charges.last_battery_pct,
        charges.minimum_battery_pct,
        -- A city that never heard a ping does not hear silence either.
        case when pinging.city_id is not null then coalesce(charges.has_pinged, false) end
            as has_pinged,
        days.is_whole_day,
        days.service_date
    from days
    inner join cities on days.city_id = cities.city_id
    {%- for part in ['ride_days', 'swap_days', 'charges', 'day_ends'] %}
    left join {{ part }}
        on
            days.scooter_id = {{ part }}.scooter_id
            and days.city_id = {{ part }}.city_id
            and days.service_date = {{ part }}.service_date
    {%- endfor %}
    left join pinging
        on
            days.city_id = pinging.city_id
            and days.service_date >= pinging.first_date

)

select * from final
