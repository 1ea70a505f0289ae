{{ incremental_by_day(
    'int_search_days', indexes=[{'columns': ['parking_id', 'hour_at'], 'unique': true}]
) }}

{%- set since_at = first_missing_at(this, ref('int_search_days'), ref('int_cities')) %}

with

missing_days as (
    {{ missing_days(this, ref('int_search_days'), ref('int_cities')) }}
),

searches as (

    select
        searches.*,
        missing_days.day_fingerprint
    from {{ ref('int_searches_unmet') }} as searches
    inner join missing_days
        on
            searches.city_id = missing_days.city_id
            and searches.utc_date = missing_days.utc_date
    where searches.searched_at >= {{ since_at }}

),

versions as (

    select * from {{ ref('int_parking_versions') }}
    -- Nobody looks for a scooter at a closed parking.
    where is_active and zone_polygon is not null

),

assigned as (

    select
        searches.*,
        nearest.parking_id
    from searches
    inner join lateral (
        select
            versions.parking_id,
            {{ zone_distance_m('versions.zone_polygon', 'searches.x_m', 'searches.y_m') }}
                as distance_m
        from versions
        where
            versions.city_id = searches.city_id
            -- Whoever looked for a scooter went to where the parking was then.
            and searches.searched_at >= versions.valid_from_at
            and searches.searched_at < versions.valid_until_at
        order by distance_m, versions.parking_id
        limit 1
    ) as nearest on true
    -- Nobody walks further to a scooter than the city's radius.
    where nearest.distance_m <= searches.search_radius_m

),

final as (

    select
        parking_id,
        city_id,
        cast(count(*) as integer) as unmet_search_count,
        day_fingerprint,
        utc_date,
        {{ dbt.date_trunc('hour', 'searched_at') }} as hour_at
    from assigned
    group by
        parking_id,
        city_id,
        day_fingerprint,
        utc_date,
        {{ dbt.date_trunc('hour', 'searched_at') }}

)

select * from final
