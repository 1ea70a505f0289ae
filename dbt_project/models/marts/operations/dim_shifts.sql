with

shifts as (

    select * from {{ ref('stg_planning__shifts') }}

),

final as (

    select
        shift_id,
        worker_id,
        vehicle_id,
        city_id,
        weekdays,
        start_local,
        end_local
    from shifts

)

select * from final
