{#
    From where the timeline of a scooter is worked anew: its last start of a ride before the first
    day of its city on which something changed. From the start of a ride whose place and charge are
    known, nothing that was before matters. A scooter without a row here is worked anew whole. This
    looks at the timeline as the last run left it, which comes after it in the build.
#}
{{
    config(
        pre_hook="{{ join_by_hash() }}",
        indexes=[{'columns': ['scooter_id'], 'unique': true}],
        tags=['timeline'],
    )
}}
{%- set timeline_id = 'model.' ~ model.package_name ~ '.int_scooter_state_intervals' -%}
{%- set timeline = none -%}
{%- if execute and not flags.FULL_REFRESH -%}
    {%- set node = graph.nodes[timeline_id] -%}
    {%- set timeline = adapter.get_relation(node.database, node.schema, node.alias) -%}
{%- endif -%}
{%- set is_there = timeline is not none and holds_days(timeline) -%}

with

cities as (

    select * from {{ ref('int_cities') }}

),

scooters as (

    select * from {{ ref('int_scooters') }}

),

days as (

    select * from {{ ref('int_timeline_days') }}

),

strangers as materialized (

    select * from {{ ref('int_scooter_strangers') }}

),

intervals as not materialized (
    {%- if is_there %}

    select * from {{ timeline }}
    {%- else %}

    select
        cast(null as text) as scooter_id,
        cast(null as text) as city_id,
        cast(null as timestamp with time zone) as started_at,
        false as is_resumable
    where false
    {%- endif %}

),

kept_days as (
    {{ kept_days(timeline, 'cities', is_there) }}
),

-- Fingerprints of days build on each other: where the newest one that is equal lies, all before it
-- is equal too.
changes as materialized (

    select
        days.city_id,
        {{ utc_midnight('max(days.utc_date) + 1') }} as changed_from_at
    from days
    inner join kept_days
        on
            days.city_id = kept_days.city_id
            and days.utc_date = kept_days.utc_date
    where kept_days.day_fingerprint = {{ built_from('days', timeline_id) }}
    group by days.city_id

),

final as (

    select
        scooters.scooter_id,
        found.resumed_at
    from scooters
    inner join changes on scooters.city_id = changes.city_id
    -- Looks into the indexes for each scooter, instead of all intervals.
    cross join
        lateral (
            select max(intervals.started_at) as resumed_at
            from intervals
            where
                intervals.scooter_id = scooters.scooter_id and intervals.is_resumable
                and intervals.started_at < changes.changed_from_at
        ) as found
    cross join
        lateral (
            select
                min(intervals.city_id) as first_city_id,
                max(intervals.city_id) as last_city_id
            from intervals
            where intervals.scooter_id = scooters.scooter_id
        ) as seen
    left join strangers on scooters.scooter_id = strangers.scooter_id
    where
        found.resumed_at is not null
        -- Who is seen, or was, in another city than its own does not go by the days of one.
        and strangers.scooter_id is null
        and seen.first_city_id = scooters.city_id
        and seen.last_city_id = scooters.city_id

)

select * from final
