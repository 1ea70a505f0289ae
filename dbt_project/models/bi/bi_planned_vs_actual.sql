with

plans as (

    select * from {{ ref('rpt_planned_vs_actual') }}

),

cities as (

    select * from {{ ref('dim_cities') }}

),

parkings as (

    select * from {{ ref('dim_parkings') }}

),

final as (

    select
        plans.parking_id,
        plans.city_id,
        cities.name_en as city_name_en,
        cities.name_el as city_name_el,
        parkings.parking_code,
        parkings.name as parking_name,
        parkings.latitude,
        parkings.longitude,
        {{ datalens_point('parkings.latitude', 'parkings.longitude') }} as datalens_point,
        plans.day_part,
        plans.service_date,
        plans.planned_minimum_count,
        plans.planned_target_count,
        plans.planned_maximum_count,
        plans.target_count,
        plans.average_count,
        plans.minimum_count,
        plans.maximum_count,
        plans.planned_gap_count,
        plans.target_gap_count,
        plans.empty_min,
        plans.observed_min,
        plans.hour_count,
        plans.targeted_hour_count,
        plans.model_hour_count,
        plans.below_minimum_hour_count,
        plans.below_minimum_share
    from plans
    inner join cities on plans.city_id = cities.city_id
    inner join parkings on plans.parking_id = parkings.parking_id

)

select * from final
