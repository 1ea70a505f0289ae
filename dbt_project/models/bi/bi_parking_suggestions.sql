with

suggestions as (

    select * from {{ ref('stg_ml__parking_suggestions') }}

),

cities as (

    select * from {{ ref('dim_cities') }}

),

final as (

    select
        suggestions.suggestion_id,
        suggestions.city_id,
        cities.name_en as city_name_en,
        cities.name_el as city_name_el,
        cast(suggestions.rank as integer) as suggestion_rank,
        suggestions.latitude,
        suggestions.longitude,
        {{ datalens_point('suggestions.latitude', 'suggestions.longitude') }} as datalens_point,
        {{ datalens_polygon('suggestions.zone_geojson') }} as datalens_polygon,
        suggestions.zone_geojson,
        suggestions.radius_m,
        suggestions.area_m2,
        cast(suggestions.event_count as integer) as event_count,
        suggestions.share as event_share,
        suggestions.nearest_parking_m,
        cast(suggestions.capacity_count as integer) as capacity_count
    from suggestions
    inner join cities on suggestions.city_id = cities.city_id

)

select * from final
