with

cities as (

    select * from {{ ref('dim_cities') }}

),

parking_hours as (

    select * from {{ ref('fct_parking_hours') }}

),

plans as (

    select * from {{ ref('int_parking_plan_versions') }}

),

targets as (

    select * from {{ ref('int_target_hours') }}

),

recent as (

    select
        parking_hours.*,
        targets.target_count as wanted_count,
        targets.origin = 'model' as is_of_model,
        plans.minimum_count as planned_minimum_count,
        plans.target_count as planned_target_count,
        plans.maximum_count as planned_maximum_count,
        -- Where the plan changed within the part of the day, the one it ended with is told.
        row_number() over (
            partition by
                parking_hours.parking_id, parking_hours.service_date, parking_hours.day_part
            order by parking_hours.hour_at desc
        ) = 1 as is_last
    from parking_hours
    inner join cities on parking_hours.city_id = cities.city_id
    left join targets
        on
            parking_hours.parking_id = targets.parking_id
            and parking_hours.hour_at = targets.hour_at
    left join plans
        on
            parking_hours.parking_id = plans.parking_id
            and parking_hours.day_part = plans.day_part
            and parking_hours.hour_at >= plans.valid_from_at
            and parking_hours.hour_at < plans.valid_until_at
    -- Nobody plans by what stood there last year.
    where
        -- A closed parking has hours only of rides that came to it all the same.
        parking_hours.observed_min > 0
        and parking_hours.service_date
        >= cast(cities.as_of_at at time zone cities.timezone as date)
        - {{ var('report_history_days', 91) }}

),

final as (

    select
        parking_id,
        city_id,
        day_part,
        service_date,
        {%- for name in ['minimum', 'target', 'maximum'] %}
        cast(max(planned_{{ name }}_count) filter (where is_last) as integer)
            as planned_{{ name }}_count,
        {%- endfor %}
        {{ exact_avg('wanted_count') }} as target_count,
        {{ sum_of_min('available_scooter_min') }}
        / nullif({{ sum_of_min('observed_min') }}, 0) as average_count,
        min(minimum_count) as minimum_count,
        max(maximum_count) as maximum_count,
        {{ sum_of_min('available_scooter_min') }}
        / nullif({{ sum_of_min('observed_min') }}, 0)
        - max(planned_target_count) filter (where is_last) as planned_gap_count,
        -- Only hours that had a target are held against it.
        {{ exact_avg('average_count - wanted_count') }} as target_gap_count,
        {{ sum_of_min('empty_min') }} as empty_min,
        {{ sum_of_min('observed_min') }} as observed_min,
        cast(count(*) as integer) as hour_count,
        cast(count(wanted_count) as integer) as targeted_hour_count,
        cast(count(*) filter (where is_of_model) as integer) as model_hour_count,
        case
            when max(planned_minimum_count) is not null
                then
                    cast(
                        count(*) filter (where average_count < planned_minimum_count) as integer
                    )
        end as below_minimum_hour_count,
        cast(
            count(*) filter (where average_count < planned_minimum_count) as double precision
        )
        / nullif(count(planned_minimum_count), 0) as below_minimum_share
    from recent
    group by parking_id, city_id, day_part, service_date

)

select * from final
