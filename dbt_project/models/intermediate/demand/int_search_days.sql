with

searches as (

    select
        city_id,
        utc_date,
        sum({{ row_hash(['search_id', 'x_m', 'y_m', 'search_radius_m', 'searched_at']) }})
            as searches_hash
    from {{ ref('int_searches_unmet') }}
    group by city_id, utc_date

),

places as (

    select
        city_id,
        sum({{ row_hash(['parking_id', 'is_active', 'cast(zone_polygon as text)']) }})
            as places_hash
    from {{ ref('int_parkings') }}
    group by city_id

),

final as (

    select
        searches.city_id,
        cast({{ row_hash(['searches.searches_hash', 'places.places_hash']) }} as text)
            as fingerprint,
        searches.utc_date
    from searches
    left join places on searches.city_id = places.city_id

)

select * from final
