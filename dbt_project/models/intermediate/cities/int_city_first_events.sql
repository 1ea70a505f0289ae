{{ config(materialized='view') }}

with

rides as (

    select * from {{ ref('stg_operational__rides') }}

),

service_events as (

    select * from {{ ref('stg_operational__service_events') }}

),

scooters as (

    select * from {{ ref('stg_operational__scooters') }}

),

trips as (

    select * from {{ ref('int_trips_counted') }}

),

mds_trips as (

    select * from {{ ref('stg_mds__trips') }}

),

mds_events as (

    select * from {{ ref('stg_mds__events') }}

),

gbfs_snapshots as (

    select * from {{ ref('stg_gbfs__snapshots') }}

),

events as (

    {%- for relation, column in [
        ('rides', 'started_at'),
        ('service_events', 'occurred_at'),
        ('trips', 'started_at'),
        ('mds_trips', 'started_at'),
        ('mds_events', 'occurred_at'),
        ('gbfs_snapshots', 'observed_at'),
    ] %}

    select
        city_id,
        min({{ column }}) as event_at
    from {{ relation }}
    group by city_id
    {%- if not loop.last %}

    union all
    {%- endif %}
    {%- endfor %}

),

first_events as (

    select
        city_id,
        min(event_at) as data_from_at
    from events
    group by city_id

),

first_scooters as (

    select
        city_id,
        min(commissioned_at) as data_from_at
    from scooters
    group by city_id

),

final as (

    -- Scooters may have stood in a store long before the first ride: their commissioning counts
    -- only in a city in which nothing else has happened yet.
    select
        coalesce(first_events.city_id, first_scooters.city_id) as city_id,
        coalesce(first_events.data_from_at, first_scooters.data_from_at) as data_from_at
    from first_events
    full outer join first_scooters on first_events.city_id = first_scooters.city_id

)

select * from final
