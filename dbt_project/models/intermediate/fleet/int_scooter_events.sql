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
        scooters.retired_at,
        -- What was before stands in the timeline already.
        coalesce(resumes.resumed_at, '-infinity') as resumed_at
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

{%- set events = ['ride_events', 'other_events'] %}

united as (
    {%- for name in events %}

    select
        {{ name }}.*,
        scooters.retired_at
    from scooters
    inner join {{ name }}
        on
            scooters.scooter_id = {{ name }}.scooter_id
            and scooters.resumed_at <= {{ name }}.event_at
    {%- if not loop.last %}

    union all
    {%- endif %}
    {%- endfor %}

),

final as (

    select united.*
    from united
    inner join cities on united.city_id = cities.city_id
    where
        -- A retired scooter has no state any more.
        united.event_at < coalesce(united.retired_at, cities.as_of_at)
        -- Nothing is known of the time before the city's first ride or service.
        and united.event_at >= cities.data_from_at

)

select * from final
