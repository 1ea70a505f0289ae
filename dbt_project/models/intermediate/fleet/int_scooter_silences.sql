{{ config(materialized='view') }}

with

cities as (

    select * from {{ ref('int_cities') }}

),

seen as (

    select * from {{ ref('int_fleet_sightings') }}

),

marks as (

    select * from {{ ref('int_ping_marks') }}
    where is_silence_end

),

newest as (

    select * from {{ ref('int_newest_marks') }}

),

gaps as (

    select
        scooter_id,
        city_id,
        previous_reported_at as from_at,
        reported_at as until_at
    from marks

    union all

    select
        newest.scooter_id,
        newest.city_id,
        newest.reported_at as from_at,
        cities.as_of_at as until_at
    from newest
    inner join cities on newest.city_id = cities.city_id
    where cities.as_of_at > newest.reported_at + cities.silent_hours * interval '1 hour'

),

signs as (

    select
        scooter_id,
        city_id,
        from_at,
        until_at,
        from_at as sign_at
    from gaps

    union all

    -- A scooter that was ridden or serviced meanwhile was not lost at that time.
    select
        gaps.scooter_id,
        gaps.city_id,
        gaps.from_at,
        gaps.until_at,
        seen.seen_at as sign_at
    from gaps
    inner join seen
        on
            gaps.scooter_id = seen.scooter_id
            and gaps.from_at < seen.seen_at
            and gaps.until_at > seen.seen_at

),

followed as (

    select
        *,
        coalesce(
            lead(sign_at) over (partition by scooter_id, from_at order by sign_at), until_at
        ) as next_sign_at
    from signs

),

final as (

    select
        followed.scooter_id,
        followed.city_id,
        followed.sign_at + cities.silent_hours * interval '1 hour' as silent_from_at,
        followed.next_sign_at as silent_until_at
    from followed
    inner join cities on followed.city_id = cities.city_id
    where followed.next_sign_at > followed.sign_at + cities.silent_hours * interval '1 hour'

)

select * from final
