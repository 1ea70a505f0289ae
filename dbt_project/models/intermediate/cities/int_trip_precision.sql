{{ config(materialized='view') }}

with

trips as (

    select * from {{ ref('int_trips_counted') }}

),

decimals as (

    select
        city_id,
        max(scale(trim_scale(cast(start_latitude as numeric)))) as decimal_count
    from trips
    group by city_id

),

final as (

    select
        city_id,
        decimal_count,
        -- Half the diagonal of the square that one published coordinate stands for; a degree of
        -- latitude is 111,320 m. Past six decimals it is below any GPS error.
        sqrt(0.5) * 111320 * power(10.0, -least(decimal_count, 6)) as half_step_m
    from decimals

)

select * from final
