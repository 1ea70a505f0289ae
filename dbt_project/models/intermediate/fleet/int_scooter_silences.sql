{{ config(materialized='view', tags=['timeline']) }}

with

cities as (

    select * from {{ ref('int_cities') }}

),

rides as not materialized (

    select * from {{ ref('int_rides_located') }}

),

service_events as (

    select * from {{ ref('int_service_events_known') }}

),

gaps as (

    select gaps.*
    from {{ ref('int_silence_gaps') }} as gaps
    left join {{ ref('int_timeline_resumes') }} as resumes on gaps.scooter_id = resumes.scooter_id
    -- What was before stands in the timeline already.
    where gaps.until_at > coalesce(resumes.resumed_at, '-infinity')

),

signs as (

    select
        scooter_id,
        city_id,
        from_at,
        until_at,
        from_at as sign_at
    from gaps

    -- A scooter that was ridden or serviced meanwhile was not lost at that time.
    {%- for seen_at in ['rides.started_at', 'rides.ended_at', 'service_events.occurred_at'] %}
    {%- set source = seen_at.split('.')[0] %}

    union all

    select
        gaps.scooter_id,
        gaps.city_id,
        gaps.from_at,
        gaps.until_at,
        {{ seen_at }} as sign_at
    from gaps
    inner join {{ source }}
        on
            gaps.scooter_id = {{ source }}.scooter_id
            and gaps.from_at < {{ seen_at }}
            and gaps.until_at > {{ seen_at }}
    {%- endfor %}

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
