with

dates as (

    select * from {{ ref('dim_dates') }}

),

final as (

    select
        dates.city_id,
        dates.service_date,
        cast(utc_days.day_at as date) as utc_date
    from dates
    cross join
        generate_series(
            {{ utc_date('dates.starts_at') }},
            {{ utc_date("dates.ends_at - interval '1 second'") }},
            interval '1 day'
        ) as utc_days (day_at)

)

select * from final
