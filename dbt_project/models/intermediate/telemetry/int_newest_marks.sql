{{ config(materialized='view') }}

with

scooters as (

    select * from {{ ref('int_scooters') }}

),

marks as not materialized (

    select * from {{ ref('int_ping_marks') }}

),

final as (

    -- The last ping of every hour is kept, so the newest mark is the newest ping.
    select newest.*
    from scooters
    cross join
        lateral (
            select marks.*
            from marks
            where marks.scooter_id = scooters.scooter_id
            order by marks.reported_at desc
            limit 1
        ) as newest

)

select * from final
