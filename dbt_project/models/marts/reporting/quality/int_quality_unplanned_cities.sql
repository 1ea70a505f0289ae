with

cities as (

    select * from {{ ref('dim_cities') }}

),

planning as (

    select * from {{ ref('stg_planning__cities') }}

),

final as (

    select
        cities.city_id,
        'unplanned_city' as check_name,
        'warning' as severity,
        case when planning.city_id is null then 1 else 0 end as failed_count,
        case
            when planning.city_id is null
                then 'Not in the planning sheet: the default settings hold'
            else 'In the planning sheet'
        end as detail_en
    from cities
    left join planning on cities.city_id = planning.city_id
    -- A city of a trip file needs no crews.
    where cities.data_source = 'operational'

)

select * from final
