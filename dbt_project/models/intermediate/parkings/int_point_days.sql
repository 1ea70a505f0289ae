{{ config(pre_hook="{{ group_by_hash() }}") }}

with

cities as (

    select * from {{ ref('int_cities') }}

),

hashed as (

    select * from {{ ref('int_point_hashes') }}

),

versions as (

    select
        city_id,
        valid_from_at,
        valid_until_at,
        {{ row_hash(['parking_id', 'is_active', 'cast(zone_polygon as text)', 'valid_from_at']) }}
            as version_hash
    from {{ ref('int_parking_versions') }}

),

days as (

    select
        city_id,
        utc_date,
        sum(row_count) as row_count,
        sum(rows_hash) as rows_hash,
        sum(known_rider_count) as known_rider_count,
        max(last_at) as last_at
    from hashed
    group by city_id, utc_date

),

zones as (

    -- Those of the day, and of the days after it on which its rides ended.
    select
        days.city_id,
        days.utc_date,
        sum(versions.version_hash) as versions_hash
    from days
    inner join versions
        on
            days.city_id = versions.city_id
            and days.last_at >= versions.valid_from_at
            and {{ utc_midnight('days.utc_date') }} < versions.valid_until_at
    group by days.city_id, days.utc_date

),

placed as (

    select
        days.city_id,
        days.known_rider_count,
        cast({{ row_hash([
            'days.row_count',
            'days.rows_hash',
            'zones.versions_hash',
            'cities.gps_tolerance_m',
            'cities.timezone',
        ]) }} as text) as place_fingerprint,
        days.utc_date
    from days
    inner join cities on days.city_id = cities.city_id
    left join zones
        on
            days.city_id = zones.city_id
            and days.utc_date = zones.utc_date

),

final as (

    select
        city_id,
        -- Who rode is forgotten in time, and changes no place.
        place_fingerprint || '|' || known_rider_count as fingerprint,
        place_fingerprint,
        utc_date
    from placed

)

select * from final
