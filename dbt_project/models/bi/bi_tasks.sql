with

tasks as (

    select * from {{ ref('fct_tasks') }}

),

cities as (

    select * from {{ ref('dim_cities') }}

),

parkings as (

    select * from {{ ref('dim_parkings') }}

),

kinds as (

    select * from {{ ref('task_kinds') }}

),

-- Where an open task is its crew must know. Of one that is over the block does: the place may be
-- the door at which somebody's ride ended.
placed as (

    select
        task_id,
        {%- for name in ['latitude', 'longitude'] %}
        case
            when is_open then {{ name }}
            else cast(round(cast({{ name }} as numeric), 3) as double precision)
        end as {{ name }}{% if not loop.last %},{% endif %}
        {%- endfor %}
    from tasks

),

final as (

    select
        tasks.task_id,
        tasks.city_id,
        cities.name_en as city_name_en,
        cities.name_el as city_name_el,
        tasks.task_kind,
        kinds.label_en as task_label_en,
        kinds.label_el as task_label_el,
        tasks.status,
        tasks.scooter_code,
        tasks.parking_id,
        parkings.name as parking_name,
        tasks.reason_en,
        tasks.reason_el,
        tasks.closed_reason,
        placed.latitude,
        placed.longitude,
        {{ datalens_point('placed.latitude', 'placed.longitude') }} as datalens_point,
        tasks.scooter_count,
        tasks.battery_pct,
        tasks.priority,
        tasks.expected_value,
        cities.currency,
        tasks.open_to_claimed_min,
        tasks.claimed_to_done_min,
        tasks.open_to_done_min,
        tasks.done_to_verified_min,
        tasks.travel_min,
        tasks.service_min,
        tasks.is_open,
        tasks.is_done,
        tasks.is_verified,
        tasks.opened_at,
        tasks.opened_at at time zone cities.timezone as opened_local_at,
        tasks.done_at,
        tasks.done_at at time zone cities.timezone as done_local_at,
        tasks.verified_at,
        tasks.verified_at at time zone cities.timezone as verified_local_at,
        tasks.closed_at,
        tasks.closed_at at time zone cities.timezone as closed_local_at
    from tasks
    inner join placed on tasks.task_id = placed.task_id
    inner join cities on tasks.city_id = cities.city_id
    inner join kinds on tasks.task_kind = kinds.task_kind
    left join parkings on tasks.parking_id = parkings.parking_id

)

select * from final
