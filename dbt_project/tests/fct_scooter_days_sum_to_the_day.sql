-- From its first day to its last, a scooter is somewhere all the time: the states of a day, in
-- whatever cities, fill its 23, 24 or 25 hours.
with

days as (

    select
        scooter_id,
        sum(total_min) as total_min,
        max(day_min) as day_min,
        service_date,
        min(service_date) over (partition by scooter_id) as first_date,
        max(service_date) over (partition by scooter_id) as last_date
    from {{ ref('fct_scooter_days') }}
    group by scooter_id, service_date

)

select *
from days
where
    service_date > first_date
    and service_date < last_date
    and abs(total_min - day_min) > 0.01
