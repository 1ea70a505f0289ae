with

workers as (

    select * from {{ ref('stg_planning__workers') }}

),

final as (

    select
        worker_id,
        city_id,
        role,
        language,
        skills
    from workers

)

select * from final
