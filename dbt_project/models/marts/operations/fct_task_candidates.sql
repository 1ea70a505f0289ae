{%- set kinds = [
    'low_battery',
    'left_in_the_way',
    'outside_zone',
    'idle_too_long',
    'below_minimum',
    'below_target',
    'over_capacity',
    'not_reporting',
] -%}

with

cities as (

    select * from {{ ref('dim_cities') }}

),

priorities as (

    select * from {{ ref('int_task_priorities') }}

),

candidates as (

    {% for kind in kinds -%}
    select * from {{ ref('int_candidates_' ~ kind) }}
    {%- if not loop.last %}
    union all
    {% endif -%}
    {%- endfor %}

),

valued as (

    select
        candidates.*,
        cities.as_of_at,
        priorities.weight,
        priorities.value_per_task,
        -- A task is an offer: left alone, or done by a van that passes by anyway, it loses nothing.
        cast(
            greatest(
                coalesce(
                    candidates.gained_rides * cities.ride_value
                    - cities.move_cost * candidates.scooter_count,
                    priorities.value_per_task * candidates.scooter_count
                ),
                0
            ) as numeric(14, 2)
        ) as expected_value
    from candidates
    inner join cities on candidates.city_id = cities.city_id
    inner join priorities
        on
            candidates.city_id = priorities.city_id
            and candidates.task_kind = priorities.task_kind
    where
        -- Yesterday's picture of a city sends vans to scooters that are gone.
        not cities.is_stale
        -- A weight of 0 in the planning sheet switches a kind off.
        and priorities.weight > 0
        -- A scooter that never told where it is cannot be driven to.
        and candidates.latitude is not null

),

final as (

    select
        city_id || '|' || task_kind || '|' || subject_id as candidate_id,
        city_id,
        scooter_id,
        parking_id,
        task_kind,
        scooter_code,
        reason_en,
        reason_el,
        latitude,
        longitude,
        x_m,
        y_m,
        cast(scooter_count as integer) as scooter_count,
        cast(battery_pct as double precision) as battery_pct,
        cast(
            weight * urgency * greatest(expected_value, value_per_task / 10, 0.01)
            as double precision
        ) as priority,
        expected_value,
        as_of_at
    from valued

)

select * from final
