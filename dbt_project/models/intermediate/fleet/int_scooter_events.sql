{#
    In a step most scooters are resumed from a day or so ago: the rides since then are looked up for
    each, by index, and all before are not read.
#}
{{ config(materialized='view', tags=['timeline']) }}

with

cities as (

    select * from {{ ref('int_cities') }}

),

scooters as (

    select
        scooters.scooter_id,
        -- What was before stands in the timeline already.
        coalesce(resumes.resumed_at, '-infinity') as resumed_at,
        -- A retired scooter has no state any more.
        coalesce(scooters.retired_at, 'infinity') as retired_at
    from {{ ref('int_scooters') }} as scooters
    left join {{ ref('int_timeline_resumes') }} as resumes
        on scooters.scooter_id = resumes.scooter_id

),

ride_events as (

    select * from {{ ref('int_ride_events') }}

),

other_events as (

    select * from {{ ref('int_crew_events') }}

    union all

    select * from {{ ref('int_device_events') }}

),

united as (

    select own_events.*
    from scooters
    cross join
        lateral (
            select ride_events.*
            from ride_events
            where
                scooters.scooter_id = ride_events.scooter_id
                and scooters.resumed_at <= ride_events.event_at
                and scooters.retired_at > ride_events.event_at
            -- Not to be joined as a whole: each scooter looks up its own.
            offset 0  -- noqa: AM09
        ) as own_events

    union all

    select other_events.*
    from scooters
    inner join other_events
        on
            scooters.scooter_id = other_events.scooter_id
            and scooters.resumed_at <= other_events.event_at
            and scooters.retired_at > other_events.event_at

),

final as (

    select united.*
    from united
    inner join cities on united.city_id = cities.city_id
    where
        united.event_at < cities.as_of_at
        -- Nothing is known of the time before the city's first ride or service.
        and united.event_at >= cities.data_from_at

)

select * from final
