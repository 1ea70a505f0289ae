{{ config(indexes=[{'columns': ['parking_id', 'valid_from_at'], 'unique': true}]) }}

with

versions as (

    select * from {{ ref('int_parking_versions') }}
    -- Nothing can be parked at a closed parking, or one whose zone was rejected.
    where is_active and zone_polygon is not null

),

followed as (

    select
        *,
        lag(city_id) over parking as previous_city_id,
        lag(cast(zone_polygon as text)) over parking as previous_zone_text,
        lag(valid_until_at) over parking as previous_until_at
    from versions
    window parking as (partition by parking_id order by valid_from_at)

),

compared as (

    select
        *,
        not coalesce(
            city_id = previous_city_id
            and cast(zone_polygon as text) = previous_zone_text
            and valid_from_at = previous_until_at,
            false
        ) as is_new_zone
    from followed

),

numbered as (

    select
        *,
        count(*) filter (where is_new_zone) over (
            partition by parking_id
            order by valid_from_at
        ) as zone_number
    from compared

),

lasting as (

    select
        *,
        max(valid_until_at) over (partition by parking_id, zone_number) as zone_until_at
    from numbered

),

final as (

    select
        parking_id,
        city_id,
        zone_polygon,
        valid_from_at,
        zone_until_at as valid_until_at
    from lasting
    where is_new_zone

)

select * from final
