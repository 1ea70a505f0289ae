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

versions as (

    select
        *,
        cast(zone_polygon as text) as zone_text
    from {{ ref('int_parking_versions') }}
    where is_active and zone_polygon is not null

),

places as (
    {{ versions_within_days('searches', 'versions', ['parking_id', 'zone_text']) }}
),

final as (

    select
        searches.city_id,
        cast({{ row_hash(['searches.searches_hash', 'places.versions_hash']) }} as text)
            as fingerprint,
        searches.utc_date
    from searches
    left join places
        on
            searches.city_id = places.city_id
            and searches.utc_date = places.utc_date

)

select * from final
