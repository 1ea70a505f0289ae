with

cities as (

    select * from {{ ref('dim_cities') }}

),

priorities as (

    select * from {{ ref('stg_planning__priorities') }}

),

kinds as (

    select * from {{ ref('task_kinds') }}

),

final as (

    select
        cities.city_id,
        kinds.task_kind,
        coalesce(own.weight, every.weight, kinds.default_weight) as weight,
        cast(coalesce(own.value_per_task, every.value_per_task, 1) as numeric(14, 2))
            as value_per_task
    from cities
    cross join kinds
    left join priorities as own
        on
            cities.city_id = own.city_id
            and kinds.task_kind = own.task_kind
    left join priorities as every
        on
            every.city_id = '*'
            and kinds.task_kind = every.task_kind

)

select * from final
