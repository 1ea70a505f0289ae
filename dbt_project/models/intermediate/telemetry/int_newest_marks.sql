{{ config(materialized='view') }}

with

marks as (

    select * from {{ ref('int_ping_marks') }}

),

final as (

    -- The last ping of every hour is kept, so the newest mark is the newest ping.
    select distinct on (scooter_id) *
    from marks
    order by scooter_id asc, reported_at desc

)

select * from final
