with

source as (

    select * from {{ source('ops', 'worker_actions') }}

),

final as (

    select
        action_id,
        worker_id,
        stop_id,
        kind,
        payload,
        outcome,
        happened_at,
        received_at
    from source

)

select * from final
