with

scorecards as (

    select * from {{ ref('rpt_parking_scorecards') }}

),

cities as (

    select * from {{ ref('dim_cities') }}

),

parkings as (

    select * from {{ ref('dim_parkings') }}

),

final as (

    select
        scorecards.parking_id,
        scorecards.city_id,
        cities.name_en as city_name_en,
        cities.name_el as city_name_el,
        parkings.parking_code,
        parkings.name as parking_name,
        parkings.latitude,
        parkings.longitude,
        {{ datalens_point('parkings.latitude', 'parkings.longitude') }} as datalens_point,
        scorecards.week_date,
        scorecards.capacity_count,
        scorecards.departure_count,
        scorecards.arrival_count,
        scorecards.unmet_search_count,
        scorecards.rides_per_place,
        scorecards.rank_in_city,
        scorecards.ranked_count,
        scorecards.empty_min,
        scorecards.full_min,
        scorecards.observed_min,
        scorecards.empty_share,
        scorecards.full_share,
        scorecards.occupied_place_min,
        scorecards.place_min,
        scorecards.utilisation_share,
        scorecards.revenue,
        scorecards.currency,
        scorecards.departures_per_day,
        scorecards.previous_departures_per_day,
        scorecards.previous_week_count,
        scorecards.trend_share,
        scorecards.is_active
    from scorecards
    inner join cities on scorecards.city_id = cities.city_id
    inner join parkings on scorecards.parking_id = parkings.parking_id

)

select * from final
