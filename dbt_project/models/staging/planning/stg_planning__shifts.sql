with

source as (

    select * from {{ source('raw_planning', 'shifts') }}

),

final as (

    select
        worker || '|' || weekdays || '|' || start_local as shift_id,
        worker as worker_id,
        vehicle as vehicle_id,
        city as city_id,
        weekdays,
        start_local,
        end_local,
        loaded_at
    from source

)

select * from final
