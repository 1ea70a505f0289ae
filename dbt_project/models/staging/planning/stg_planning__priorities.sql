with

source as (

    select * from {{ source('raw_planning', 'priorities') }}

),

final as (

    select
        -- A city of * stands for every city without a row of its own.
        city as city_id,
        task_kind,
        weight,
        cast(value_per_task as numeric(14, 2)) as value_per_task,
        loaded_at
    from source

)

select * from final
