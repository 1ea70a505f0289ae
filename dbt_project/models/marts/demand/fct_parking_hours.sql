{{ incremental_by_day('int_parking_hour_days', on_schema_change='append_new_columns') }}

{%- set place_min = 'parkings.capacity_count * occupancy.observed_min' %}

with

missing_days as (
    {{ missing_days(this, ref('int_parking_hour_days'), ref('int_cities')) }}
),

parkings as (

    select * from {{ ref('int_parkings') }}

),

hours as (

    select * from {{ ref('int_hours') }}

),

occupancy as (

    select
        occupancy.*,
        missing_days.day_fingerprint as hour_fingerprint
    from {{ ref('int_parking_occupancy_hours') }} as occupancy
    inner join missing_days
        on
            occupancy.city_id = missing_days.city_id
            and occupancy.utc_date = missing_days.utc_date

),

flows as (

    select * from {{ ref('int_parking_flows') }}

),

searches as (

    select * from {{ ref('int_search_hours') }}

),

search_logs as (

    select * from {{ ref('int_city_search_logs') }}

),

plans as (

    select * from {{ ref('dim_parking_plans') }}

),

final as (

    select
        occupancy.parking_id,
        occupancy.city_id,
        hours.day_part,
        hours.hour_of_week,
        parkings.capacity_count,
        -- The running hour is averaged over the minutes that have passed.
        occupancy.available_scooter_min / nullif(occupancy.observed_min, 0) as average_count,
        occupancy.minimum_count,
        occupancy.maximum_count,
        occupancy.empty_min,
        occupancy.full_min,
        occupancy.available_scooter_min,
        case when parkings.capacity_count is not null then occupancy.occupied_place_min end
            as occupied_place_min,
        {{ place_min }} as place_min,
        -- Rounded minutes may add up to a trifle more than there are.
        case
            when {{ place_min }} > 0
                then least(occupancy.occupied_place_min / ({{ place_min }}), 1)
        end as utilisation_share,
        occupancy.observed_min,
        cast(plans.target_count as integer) as planned_count,
        coalesce(flows.departure_count, 0) as departure_count,
        coalesce(flows.arrival_count, 0) as arrival_count,
        -- Where nobody logs searches, how many found nothing is unknown.
        case
            when {{ dbt.date_trunc('hour', 'search_logs.searches_from_at') }} <= occupancy.hour_at
                then cast(coalesce(searches.unmet_search_count, 0) as integer)
        end as unmet_search_count,
        occupancy.hour_fingerprint as day_fingerprint,
        occupancy.utc_date,
        hours.service_date,
        occupancy.hour_at,
        hours.local_hour_at
    from occupancy
    inner join parkings on occupancy.parking_id = parkings.parking_id
    inner join hours
        on
            occupancy.city_id = hours.city_id
            and occupancy.hour_at = hours.hour_at
    left join flows
        on
            occupancy.parking_id = flows.parking_id
            and occupancy.hour_at = flows.hour_at
    left join searches
        on
            occupancy.parking_id = searches.parking_id
            and occupancy.hour_at = searches.hour_at
    left join search_logs on occupancy.city_id = search_logs.city_id
    left join plans
        on
            occupancy.parking_id = plans.parking_id
            and hours.day_part = plans.day_part

)

select * from final
