with

tasks as (

    select * from {{ ref('stg_ops__tasks') }}

),

final as (

    select distinct
        city_id,
        task_kind,
        subject_id
    from tasks
    -- One that is done has to be asked for anew: only then may it be opened again.
    where status in ('open', 'assigned')

)

select * from final
