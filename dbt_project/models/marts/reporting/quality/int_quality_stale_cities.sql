with

cities as (

    select * from {{ ref('dim_cities') }}

),

final as (

    select
        city_id,
        'stale_city' as check_name,
        'error' as severity,
        case when is_stale then 1 else 0 end as failed_count,
        coalesce(stale_reason || '; no tasks are made', 'Rides and pings are fresh') as detail_en
    from cities

)

select * from final
