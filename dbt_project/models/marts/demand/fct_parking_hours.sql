with

parking_hours as (

    select * from {{ ref('int_parking_hours') }}

),

occupancy as (

    select * from {{ ref('int_parking_occupancy_hours') }}

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
        parking_hours.parking_id,
        parking_hours.city_id,
        parking_hours.day_part,
        parking_hours.hour_of_week,
        parking_hours.capacity_count,
        -- The running hour is averaged over the minutes that have passed.
        occupancy.available_scooter_min / nullif(occupancy.observed_min, 0) as average_count,
        occupancy.minimum_count,
        occupancy.maximum_count,
        occupancy.empty_min,
        occupancy.full_min,
        occupancy.available_scooter_min,
        case when parking_hours.capacity_count is not null then occupancy.occupied_place_min end
            as occupied_place_min,
        parking_hours.capacity_count * occupancy.observed_min as place_min,
        -- Rounded minutes may add up to a trifle more than there are.
        case
            when parking_hours.capacity_count * occupancy.observed_min > 0
                then
                    least(
                        occupancy.occupied_place_min
                        / (parking_hours.capacity_count * occupancy.observed_min),
                        1
                    )
        end as utilisation_share,
        occupancy.observed_min,
        cast(plans.target_count as integer) as planned_count,
        coalesce(flows.departure_count, 0) as departure_count,
        coalesce(flows.arrival_count, 0) as arrival_count,
        -- Where nobody logs searches, how many found nothing is unknown.
        case
            when
                parking_hours.hour_at
                >= {{ dbt.date_trunc('hour', 'search_logs.searches_from_at') }}
                then cast(coalesce(searches.unmet_search_count, 0) as integer)
        end as unmet_search_count,
        parking_hours.service_date,
        parking_hours.hour_at,
        parking_hours.local_hour_at
    from parking_hours
    inner join occupancy
        on
            parking_hours.parking_id = occupancy.parking_id
            and parking_hours.hour_at = occupancy.hour_at
    left join flows
        on
            parking_hours.parking_id = flows.parking_id
            and parking_hours.hour_at = flows.hour_at
    left join searches
        on
            parking_hours.parking_id = searches.parking_id
            and parking_hours.hour_at = searches.hour_at
    left join search_logs on parking_hours.city_id = search_logs.city_id
    left join plans
        on
            parking_hours.parking_id = plans.parking_id
            and parking_hours.day_part = plans.day_part

)

select * from final
