with

searches as (

    select
        city_id,
        utc_date,
        sum({{ row_hash(['search_id', 'x_m', 'y_m', 'search_radius_m', 'searched_at']) }})
            as searches_hash,
        {{ utc_midnight('utc_date') }} as begins_at,
        {{ utc_midnight('utc_date + 1') }} as ends_at
    from {{ ref('int_searches_unmet') }}
    group by city_id, utc_date

),

versions as (

    select * from {{ ref('int_parking_versions') }}
    where is_active and zone_polygon is not null

),

places as (

    -- As far as they are within the day: moving a parking changes no day before.
    select
        searches.city_id,
        searches.utc_date,
        sum({{ row_hash([
            'versions.parking_id',
            'cast(versions.zone_polygon as text)',
            'greatest(versions.valid_from_at, searches.begins_at)',
            'least(versions.valid_until_at, searches.ends_at)',
        ]) }}) as places_hash
    from searches
    inner join versions
        on
            searches.city_id = versions.city_id
            and searches.begins_at < versions.valid_until_at
            and searches.ends_at > versions.valid_from_at
    group by searches.city_id, searches.utc_date

),

final as (

    select
        searches.city_id,
        cast({{ row_hash(['searches.searches_hash', 'places.places_hash']) }} as text)
            as fingerprint,
        searches.utc_date
    from searches
    left join places
        on
            searches.city_id = places.city_id
            and searches.utc_date = places.utc_date

)

select * from final
