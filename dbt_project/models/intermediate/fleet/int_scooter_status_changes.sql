{{ config(materialized='view') }}

with

cities as (

    select * from {{ ref('int_cities') }}

),

versions as (

    select
        snapshots.scooter_id,
        snapshots.city_id,
        snapshots.status,
        snapshots.dbt_valid_from as changed_at,
        lag(snapshots.status) over scooter as previous_status
    from {{ ref('snap_scooters') }} as snapshots
    inner join cities on snapshots.city_id = cities.city_id
    where
        snapshots.dbt_valid_from <= cities.as_of_at
        -- A clock that was set back ends a version before it begins.
        and snapshots.dbt_valid_to > snapshots.dbt_valid_from
    window scooter as (partition by snapshots.scooter_id order by snapshots.dbt_valid_from)

),

changes as (

    select
        *,
        lag(changed_at) over (partition by scooter_id order by changed_at) as previous_changed_at
    from versions
    where status is distinct from previous_status

),

final as (

    select
        scooter_id,
        city_id,
        case
            when status = 'lost' then 'reported_lost'
            when status = 'maintenance' then 'maintenance_start'
            when previous_status = 'lost' then 'found'
            else 'maintenance_end'
        end as cause,
        status in ('lost', 'maintenance') as is_start,
        previous_changed_at,
        changed_at
    from changes
    where
        status in ('lost', 'maintenance')
        or (status = 'active' and previous_status in ('lost', 'maintenance'))

)

select * from final
