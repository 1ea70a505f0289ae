with

hours as (

    select * from {{ ref('int_hours') }}

),

-- Without a gap, also where one city's history ends long before another's begins.
bounds as (

    select
        min(service_date) as first_date,
        max(service_date) as last_date
    from hours

),

final as (

    select cast(spine.service_date as date) as service_date
    from bounds
    cross join
        generate_series(bounds.first_date, bounds.last_date, interval '1 day')
            as spine (service_date)

)

select * from final
