{{ config(materialized='view', tags=['timeline']) }}

with

cities as (

    select * from {{ ref('int_cities') }}

),

rides as not materialized (

    select * from {{ ref('int_rides_located') }}

),

service_events as (

    select * from {{ ref('int_service_events_united') }}

),

marks as (

    select marks.*
    from {{ ref('int_ping_marks') }} as marks
    left join {{ ref('int_timeline_resumes') }} as resumes on marks.scooter_id = resumes.scooter_id
    where
        marks.is_silence_end
        -- What was before stands in the timeline already.
        and marks.reported_at > coalesce(resumes.resumed_at, '-infinity')

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
