{{ config(materialized='view') }}

with

cities as (

    select * from {{ ref('int_cities') }}
    where fleet_feed = 'gbfs'

),

vehicle_types as (

    select * from {{ ref('stg_gbfs__vehicle_types') }}

),

observations as (

    select observations.*
    from {{ ref('stg_gbfs__vehicle_observations') }} as observations
    inner join cities on observations.city_id = cities.city_id
    where observations.observed_at <= cities.as_of_at

),

moments as (

    select
        snapshots.city_id,
        snapshots.observed_at,
        lead(snapshots.observed_at) over city as next_observed_at
    from {{ ref('stg_gbfs__snapshots') }} as snapshots
    inner join cities on snapshots.city_id = cities.city_id
    where
        snapshots.feed = 'vehicle_status'
        and snapshots.observed_at <= cities.as_of_at
    window city as (partition by snapshots.city_id order by snapshots.observed_at)

),

spans as (

    select
        scooter_id,
        city_id,
        min(scooter_code) as scooter_code,
        max(vehicle_type_id) as vehicle_type_id,
        min(observed_at) as commissioned_at,
        max(observed_at) as last_observed_at
    from observations
    group by scooter_id, city_id

),

final as (

    select
        spans.scooter_id,
        spans.city_id,
        spans.scooter_code,
        vehicle_types.name as model,
        spans.commissioned_at,
        -- Gone from the newest snapshot: rented, carried away, or there under a new id. Where it
        -- is nobody knows, until it is seen again.
        moments.next_observed_at as retired_at
    from spans
    left join moments
        on
            spans.city_id = moments.city_id
            and spans.last_observed_at = moments.observed_at
    left join vehicle_types on spans.vehicle_type_id = vehicle_types.vehicle_type_id

)

select * from final
