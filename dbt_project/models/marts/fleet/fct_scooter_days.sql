{{ incremental_by_day(
    'int_fleet_days', on_schema_change='append_new_columns', date='service_date'
) }}

{%- set since_at = first_missing_at(
    this, ref('int_fleet_days'), ref('int_cities'), date='service_date'
) %}

with

cities as (

    select * from {{ ref('int_cities') }}

),

missing_days as (
    {{ missing_days(this, ref('int_fleet_days'), ref('int_cities'), 'service_date') }}
),

-- Days that stand already are not worked for nothing.
{%- for model in [
    'int_scooter_day_states',
    'int_scooter_day_charges',
    'int_scooter_day_rides',
    'int_scooter_day_swaps',
] %}

{{ model | replace('int_scooter_', '') }} as (

    select * from {{ ref(model) }}
    where service_date >= {{ utc_date(since_at) }}

),
{%- endfor %}

final as (

    select
        day_states.scooter_id,
        day_states.city_id,
        day_states.last_parking_id,
        day_states.last_state,
        day_states.available_min,
        day_states.on_trip_min,
        day_states.low_battery_min,
        day_states.out_of_service_min,
        day_states.in_van_min,
        day_states.lost_min,
        day_states.deployed_min,
        day_states.total_min,
        day_states.day_min,
        cast(coalesce(day_rides.ride_count, 0) as integer) as ride_count,
        -- Nothing ridden is 0; a length that the source does not tell is unknown.
        case when day_rides.ended_ride_count > 0 then day_rides.distance_m else 0 end as distance_m,
        -- Trip files know no batteries.
        case when cities.data_source = 'operational' then coalesce(day_swaps.swap_count, 0) end
            as swap_count,
        day_states.idle_h,
        day_charges.first_battery_pct,
        day_charges.last_battery_pct,
        day_charges.minimum_battery_pct,
        case when missing_days.is_pinging then coalesce(day_charges.has_pinged, false) end
            as has_pinged,
        day_states.is_whole_day,
        missing_days.day_fingerprint,
        day_states.service_date
    from day_states
    inner join missing_days
        on
            day_states.city_id = missing_days.city_id
            and day_states.service_date = missing_days.service_date
    inner join cities on day_states.city_id = cities.city_id
    {%- for part in ['day_rides', 'day_swaps', 'day_charges'] %}
    left join {{ part }}
        on
            day_states.scooter_id = {{ part }}.scooter_id
            and day_states.city_id = {{ part }}.city_id
            and day_states.service_date = {{ part }}.service_date
    {%- endfor %}

)

select * from final
