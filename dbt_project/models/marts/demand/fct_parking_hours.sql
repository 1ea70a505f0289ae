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
        occupancy.observed_min,
        coalesce(flows.departure_count, 0) as departure_count,
        coalesce(flows.arrival_count, 0) as arrival_count,
        cast(coalesce(searches.unmet_search_count, 0) as integer) as unmet_search_count,
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

)

select * from final
