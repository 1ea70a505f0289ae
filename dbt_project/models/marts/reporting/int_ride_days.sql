with

dates as (

    select
        *,
        {{ utc_date('starts_at') }} as first_utc_date,
        {{ utc_date("ends_at - interval '1 second'") }} as last_utc_date
    from {{ ref('dim_dates') }}

),

point_days as (

    select * from {{ ref('int_point_days') }}

),

final as (

    -- The UTC days that a local day has a part in.
    select
        dates.city_id,
        cast(sum({{ row_hash(['point_days.fingerprint', 'point_days.utc_date']) }}) as text)
            as fingerprint,
        dates.service_date
    from dates
    inner join point_days
        on
            dates.city_id = point_days.city_id
            and dates.first_utc_date <= point_days.utc_date
            and dates.last_utc_date >= point_days.utc_date
    group by dates.city_id, dates.service_date

)

select * from final
