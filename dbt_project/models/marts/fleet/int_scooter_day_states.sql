{%- set states = ['available', 'on_trip', 'low_battery', 'out_of_service', 'in_van', 'lost'] -%}

with

scooter_hours as (

    select * from {{ ref('int_scooter_hours') }}

),

hours as (

    select * from {{ ref('int_hours') }}

),

dates as (

    select * from {{ ref('dim_dates') }}

),

intervals as (

    select * from {{ ref('int_scooter_state_intervals') }}

),

crossings as (

    select * from {{ ref('int_scooter_crossings') }}

),

terms as (

    select
        scooter_id,
        min(started_at) as known_from_at,
        max(ended_at) as known_until_at
    from intervals
    group by scooter_id

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

final as (

    select
        days.*,
        dates.day_h * 60 as day_min,
        -- Neither the first day, nor the last, nor the running one, nor one of two cities.
        terms.known_from_at <= dates.starts_at
        and terms.known_until_at >= dates.ends_at
        and crossings.scooter_id is null as is_whole_day
    from days
    inner join terms on days.scooter_id = terms.scooter_id
    inner join dates
        on
            days.city_id = dates.city_id
            and days.service_date = dates.service_date
    left join crossings
        on
            days.scooter_id = crossings.scooter_id
            and days.city_id = crossings.city_id
            and days.service_date = crossings.service_date

)

select * from final
