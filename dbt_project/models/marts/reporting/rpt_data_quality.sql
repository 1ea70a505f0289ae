{%- set checks = [
    'rejected_rows',
    'stale_cities',
    'late_sources',
    'silent_scooters',
    'placeless_scooters',
    'missing_weather',
    'duplicate_rides',
    'overlapping_rides',
    'endless_rides',
    'long_rides',
    'impossible_speeds',
    'scooters_in_two_cities',
    'overlapping_zones',
    'unplanned_cities',
    'uncounted_trips',
    'demand_without_parkings',
] -%}

with

cities as (

    select * from {{ ref('dim_cities') }}

),

checks as (

    {% for check in checks -%}
    select * from {{ ref('int_quality_' ~ check) }}
    {%- if not loop.last %}
    union all
    {% endif -%}
    {%- endfor %}

),

-- Rows whose city nobody could read belong to all cities, and are as new as the newest clock.
clock as (

    select max(as_of_at) as as_of_at
    from cities

),

final as (

    select
        checks.city_id,
        checks.check_name,
        case when checks.failed_count = 0 then 'ok' else checks.severity end as severity,
        checks.failed_count,
        checks.detail_en,
        coalesce(cities.as_of_at, clock.as_of_at) as checked_at
    from checks
    cross join clock
    left join cities on checks.city_id = cities.city_id

)

select * from final
