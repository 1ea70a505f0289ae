with

source as (

    select * from {{ source('ops', 'runs') }}

),

final as (

    select
        run_id,
        flow,
        city_ids,
        status,
        steps,
        message,
        as_of_at,
        started_at,
        ended_at
    from source

)

select * from final
