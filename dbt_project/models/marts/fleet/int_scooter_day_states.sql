{{ incremental_by_day(
    'int_fleet_days',
    indexes=[{'columns': ['scooter_id', 'service_date', 'city_id'], 'unique': true}],
    date='service_date',
) }}

{%- set since_at = first_missing_at(
    this, ref('int_fleet_days'), ref('int_cities'), date='service_date'
) -%}
{%- set states = ['available', 'on_trip', 'low_battery', 'out_of_service', 'in_van', 'lost'] -%}
{%- set spent = 'sum(parts.ended_at - parts.started_at)' %}

with

intervals as (

    select * from {{ ref('int_scooter_state_intervals') }}
    where ended_at > {{ since_at }}

),

cities as (

    select * from {{ ref('int_cities') }}

),

dates as (

    select * from {{ ref('dim_dates') }}

),

missing_days as (
    {{ missing_days(this, ref('int_fleet_days'), ref('int_cities'), 'service_date') }}
),

local_days as (

    select
        missing_days.*,
        cities.timezone,
        dates.day_h,
        -- The running day ends at the clock.
        least(dates.ends_at, cities.as_of_at) as last_at
    from missing_days
    inner join cities on missing_days.city_id = cities.city_id
    inner join dates
        on
            missing_days.city_id = dates.city_id
            and missing_days.service_date = dates.service_date

),

parts as (
    {{ parts_of_days('intervals', 'local_days', date='service_date', timezone='timezone') }}
),

final as (

    select
        parts.scooter_id,
        parts.city_id,
        local_days.day_fingerprint,
        -- Whatever ends when the day ends was the last.
        max(parts.parking_id) filter (where parts.ended_at = local_days.last_at)
            as last_parking_id,
        max(parts.state) filter (where parts.ended_at = local_days.last_at) as last_state,
        {%- for state in states %}
        {{ minutes_of(spent ~ " filter (where parts.state = '" ~ state ~ "')") }}
            as {{ state }}_min,
        {%- endfor %}
        {{ minutes_of(spent ~ ' filter (where states.is_deployed)') }} as deployed_min,
        {{ minutes_of(spent) }} as total_min,
        local_days.day_h * 60 as day_min,
        cast(extract(epoch from (
            local_days.last_at
            - max(parts.idle_since_at) filter (where parts.ended_at = local_days.last_at)
        )) / 3600 as double precision) as idle_h,
        -- Neither the first day, nor the last, nor the running one, nor one of two cities.
        {{ minutes_of(spent) }} = local_days.day_h * 60 as is_whole_day,
        parts.service_date
    from parts
    inner join local_days
        on
            parts.city_id = local_days.city_id
            and parts.service_date = local_days.service_date
    inner join {{ ref('scooter_states') }} as states on parts.state = states.state
    group by
        parts.scooter_id,
        parts.city_id,
        local_days.day_fingerprint,
        local_days.day_h,
        local_days.last_at,
        parts.service_date

)

select * from final
