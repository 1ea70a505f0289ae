with

demand as (

    select * from {{ ref('rpt_demand_hours') }}

),

cities as (

    select * from {{ ref('dim_cities') }}

),

parkings as (

    select * from {{ ref('dim_parkings') }}

),

final as (

    select
        demand.parking_id,
        demand.city_id,
        cities.name_en as city_name_en,
        cities.name_el as city_name_el,
        parkings.parking_code,
        parkings.name as parking_name,
        parkings.latitude,
        parkings.longitude,
        {{ datalens_point('parkings.latitude', 'parkings.longitude') }} as datalens_point,
        demand.hour_of_week,
        demand.observed_departure_count,
        demand.missed_departure_count,
        demand.demand_count,
        demand.unmet_search_count,
        demand.empty_min,
        demand.is_censored,
        demand.service_date,
        demand.hour_at,
        demand.local_hour_at
    from demand
    inner join cities on demand.city_id = cities.city_id
    inner join parkings on demand.parking_id = parkings.parking_id

)

select * from final
