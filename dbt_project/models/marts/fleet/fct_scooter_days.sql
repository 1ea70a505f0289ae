{%- set states = ['available', 'on_trip', 'low_battery', 'out_of_service', 'in_van', 'lost'] -%}

with

cities as (

    select * from {{ ref('int_cities') }}

),

scooter_hours as (

    select * from {{ ref('int_scooter_hours') }}

),

hours as (

    select * from {{ ref('int_hours') }}

),

rides as (

    select * from {{ ref('fct_rides') }}

),

service_events as (

    select * from {{ ref('int_service_events_united') }}

),

days as (

    select
        scooter_hours.scooter_id,
        scooter_hours.city_id,
        hours.service_date,
        {%- for state in states %}
        {{ rounded_min(
            "sum(scooter_hours.duration_min) filter (where scooter_hours.state = '" ~ state ~ "')"
        ) }} as {{ state }}_min,
        {%- endfor %}
        {{ rounded_min('sum(scooter_hours.duration_min)') }} as total_min
    from scooter_hours
    inner join hours
        on
            scooter_hours.city_id = hours.city_id
            and scooter_hours.hour_at = hours.hour_at
    group by scooter_hours.scooter_id, scooter_hours.city_id, hours.service_date

),

ride_days as (

    select
        scooter_id,
        city_id,
        service_date,
        count(*) as ride_count,
        count(*) filter (where ended_at is not null) as ended_ride_count,
        sum(distance_m) as distance_m
    from rides
    -- A cancelled ride is an unlock without a trip.
    where status <> 'cancelled'
    group by scooter_id, city_id, service_date

),

swap_days as (

    select
        service_events.scooter_id,
        service_events.city_id,
        hours.service_date,
        cast(count(*) as integer) as swap_count
    from service_events
    inner join hours
        on
            service_events.city_id = hours.city_id
            and {{ dbt.date_trunc('hour', 'service_events.occurred_at') }} = hours.hour_at
    inner join cities on service_events.city_id = cities.city_id
    -- Other kinds of events leave the battery as it is; after the clock none has happened yet.
    where service_events.kind = 'battery_swap' and service_events.occurred_at <= cities.as_of_at
    group by service_events.scooter_id, service_events.city_id, hours.service_date

),

final as (

    select
        days.scooter_id,
        days.city_id,
        {%- for state in states %}
        days.{{ state }}_min,
        {%- endfor %}
        days.total_min,
        cast(coalesce(ride_days.ride_count, 0) as integer) as ride_count,
        -- Nothing ridden is 0; a length that the source does not tell is unknown.
        case when ride_days.ended_ride_count > 0 then ride_days.distance_m else 0 end as distance_m,
        -- Trip files know no batteries.
        case when cities.data_source = 'operational' then coalesce(swap_days.swap_count, 0) end
            as swap_count,
        days.service_date
    from days
    inner join cities on days.city_id = cities.city_id
    {%- for part in ['ride_days', 'swap_days'] %}
    left join {{ part }}
        on
            days.scooter_id = {{ part }}.scooter_id
            and days.city_id = {{ part }}.city_id
            and days.service_date = {{ part }}.service_date
    {%- endfor %}

)

select * from final
