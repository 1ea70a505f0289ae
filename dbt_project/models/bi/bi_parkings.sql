with

parkings as (

    select * from {{ ref('dim_parkings') }}

),

cities as (

    select * from {{ ref('dim_cities') }}

),

appraised as (

    select * from {{ ref('int_parkings_appraised') }}

),

recent_hours as (

    select
        parking_hours.parking_id,
        sum(parking_hours.departure_count) as departure_count,
        sum(parking_hours.unmet_search_count) as unmet_search_count,
        {{ sum_of_min('parking_hours.empty_min') }}
        / nullif({{ sum_of_min('parking_hours.observed_min') }}, 0) as empty_share
    from {{ ref('fct_parking_hours') }} as parking_hours
    inner join cities on parking_hours.city_id = cities.city_id
    where parking_hours.hour_at >= cities.as_of_at - interval '7 days'
    group by parking_hours.parking_id

),

final as (

    select
        parkings.parking_id,
        parkings.city_id,
        parkings.parking_code,
        parkings.name as parking_name,
        parkings.source,
        parkings.capacity_count,
        parkings.area_m2,
        parkings.latitude,
        parkings.longitude,
        {{ datalens_point('parkings.latitude', 'parkings.longitude') }} as datalens_point,
        {{ datalens_polygon('parkings.zone_geojson') }} as datalens_polygon,
        parkings.zone_geojson,
        appraised.available_count,
        appraised.standing_count,
        appraised.minimum_count,
        appraised.target_count,
        appraised.maximum_count,
        appraised.target_count - appraised.available_count as missing_count,
        appraised.expected_departures as expected_departure_count,
        cast(coalesce(recent_hours.departure_count, 0) as integer) as departure_7d_count,
        cast(recent_hours.unmet_search_count as integer) as unmet_search_7d_count,
        recent_hours.empty_share as empty_7d_share,
        parkings.is_active,
        cities.as_of_at,
        cities.as_of_at at time zone cities.timezone as as_of_local_at
    from parkings
    inner join cities on parkings.city_id = cities.city_id
    left join appraised on parkings.parking_id = appraised.parking_id
    left join recent_hours on parkings.parking_id = recent_hours.parking_id

)

select * from final
