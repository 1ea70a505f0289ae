{{ incremental_by_day('int_parking_hour_days', on_schema_change='append_new_columns') }}

{%- set since_at = first_missing_at(this, ref('int_parking_hour_days'), ref('int_cities')) %}
{%- set place_min = 'occupancy.capacity_count * occupancy.observed_min' %}

with

missing_days as (
    {{ missing_days(this, ref('int_parking_hour_days'), ref('int_cities')) }}
),

-- Of an hour that is over nothing more is said, so that no day is due again for its targets.
targets as (

    select targets.*
    from {{ ref('int_target_hours') }} as targets
    inner join {{ ref('int_cities') }} as cities on targets.city_id = cities.city_id
    where
        targets.hour_at >= {{ since_at }}
        and targets.hour_at <= cities.as_of_at - interval '1 hour'

),

parking_hours as (

    select distinct
        known_hours.parking_id,
        known_hours.city_id,
        known_hours.utc_date,
        known_hours.hour_at,
        missing_days.day_fingerprint
    from {{ ref('int_parking_known_hours') }} as known_hours
    inner join missing_days
        on
            known_hours.city_id = missing_days.city_id
            and known_hours.utc_date = missing_days.utc_date

),

final as (

    select
        parking_hours.parking_id,
        parking_hours.city_id,
        hours.day_part,
        hours.hour_of_week,
        occupancy.capacity_count,
        -- The running hour is averaged over the minutes that have passed.
        occupancy.available_scooter_min / nullif(occupancy.observed_min, 0) as average_count,
        occupancy.minimum_count,
        occupancy.maximum_count,
        coalesce(occupancy.empty_min, 0) as empty_min,
        coalesce(occupancy.full_min, 0) as full_min,
        coalesce(occupancy.available_scooter_min, 0) as available_scooter_min,
        case when occupancy.capacity_count is not null then occupancy.occupied_place_min end
            as occupied_place_min,
        {{ place_min }} as place_min,
        -- Rounded minutes may add up to a trifle more than there are.
        case
            when {{ place_min }} > 0
                then least(occupancy.occupied_place_min / ({{ place_min }}), 1)
        end as utilisation_share,
        coalesce(occupancy.observed_min, 0) as observed_min,
        cast(plan_versions.target_count as integer) as planned_count,
        targets.target_count,
        coalesce(flows.departure_count, 0) as departure_count,
        coalesce(flows.arrival_count, 0) as arrival_count,
        -- Where nobody logs searches, how many found nothing is unknown.
        case
            when
                {{ dbt.date_trunc('hour', 'search_logs.searches_from_at') }}
                <= parking_hours.hour_at
                then cast(coalesce(searches.unmet_search_count, 0) as integer)
        end as unmet_search_count,
        parking_hours.day_fingerprint,
        parking_hours.utc_date,
        hours.service_date,
        parking_hours.hour_at,
        hours.local_hour_at
    from parking_hours
    inner join {{ ref('int_hours') }} as hours
        on
            parking_hours.city_id = hours.city_id
            and parking_hours.hour_at = hours.hour_at
    left join {{ ref('int_parking_occupancy_hours') }} as occupancy
        on
            parking_hours.parking_id = occupancy.parking_id
            and parking_hours.hour_at = occupancy.hour_at
    left join {{ ref('int_parking_flows') }} as flows
        on
            parking_hours.parking_id = flows.parking_id
            and parking_hours.hour_at = flows.hour_at
    left join {{ ref('int_search_hours') }} as searches
        on
            parking_hours.parking_id = searches.parking_id
            and parking_hours.hour_at = searches.hour_at
    left join {{ ref('int_city_search_logs') }} as search_logs
        on parking_hours.city_id = search_logs.city_id
    -- What the plan was then: a new plan does not change what was planned before.
    left join {{ ref('int_parking_plan_versions') }} as plan_versions
        on
            parking_hours.parking_id = plan_versions.parking_id
            and hours.day_part = plan_versions.day_part
            and parking_hours.hour_at >= plan_versions.valid_from_at
            and parking_hours.hour_at < plan_versions.valid_until_at
    left join targets
        on
            parking_hours.parking_id = targets.parking_id
            and parking_hours.hour_at = targets.hour_at

)

select * from final
