with

date_parts as (

    select * from {{ ref('int_date_parts') }}

),

point_days as (

    select * from {{ ref('int_point_days') }}

),

final as (

    select
        date_parts.city_id,
        cast(sum({{ row_hash(['point_days.fingerprint', 'point_days.utc_date']) }}) as text)
            as fingerprint,
        date_parts.service_date
    from date_parts
    inner join point_days
        on
            date_parts.city_id = point_days.city_id
            and date_parts.utc_date = point_days.utc_date
    group by date_parts.city_id, date_parts.service_date

)

select * from final
