{{ config(indexes=[{'columns': ['city_id']}]) }}

with

cities as (

    select * from {{ ref('dim_cities') }}

),

scooters as (

    select * from {{ ref('int_scooters') }}

),

rides as (

    select * from {{ ref('int_rides_located') }}

),

recent as (

    select
        rides.*,
        cities.as_of_at,
        -- Both ends of a ride are off by as much.
        2 * cities.gps_tolerance_m as tolerance_m,
        lag(rides.started_at) over earlier as previous_started_at,
        max(rides.ended_at) over (
            earlier rows between unbounded preceding and 1 preceding
        ) as previous_ended_at
    from rides
    inner join cities on rides.city_id = cities.city_id
    where
        -- Older rides were checked when they were new; one that never ended is wrong until it does.
        (
            rides.started_at >= cities.as_of_at - interval '{{ var("quality_days") }} days'
            or rides.ended_at is null
        )
        -- A cancelled ride is none.
        and rides.status <> 'cancelled'
    window earlier as (
        partition by rides.scooter_id order by rides.started_at, rides.ride_id
    )

),

final as (

    select
        recent.ride_id,
        recent.city_id,
        recent.scooter_id,
        recent.scooter_id is not null
        and coalesce(recent.started_at = recent.previous_started_at, false) as is_duplicate,
        recent.scooter_id is not null
        and not coalesce(recent.started_at = recent.previous_started_at, false)
        and coalesce(recent.started_at < recent.previous_ended_at, false) as is_overlapping,
        recent.ended_at is null
        and recent.started_at < recent.as_of_at - interval '1 day' as is_endless,
        coalesce(recent.duration_min > 24 * 60, false) as is_too_long,
        coalesce(
            greatest(recent.distance_m, recent.straight_distance_m) - recent.tolerance_m
            > recent.duration_min * {{ var('maximum_speed_kmh') }} * 1000 / 60,
            false
        ) as is_too_fast,
        coalesce(scooters.city_id <> recent.city_id, false) as is_in_another_city,
        recent.started_at
    from recent
    left join scooters on recent.scooter_id = scooters.scooter_id

)

select * from final
