with

source as (

    select * from {{ source('raw_planning', 'workers') }}

),

final as (

    select
        worker as worker_id,
        city as city_id,
        role,
        language,
        skills,
        loaded_at
    from source

)

select * from final
