with

cities as (

    select * from {{ ref('int_cities') }}

),

hours as (

    select * from {{ ref('int_hours') }}

),

holidays as (

    -- Two holidays may fall on the same day.
    select
        timezone,
        holiday_date,
        string_agg(name_en, ', ' order by name_en) as holiday_name_en,
        string_agg(name_el, ', ' order by name_en) as holiday_name_el
    from {{ ref('public_holidays') }}
    group by timezone, holiday_date

),

dates as (

    select distinct
        city_id,
        day_of_week,
        is_holiday,
        is_workday,
        service_date
    from hours

),

bounded as (

    -- The calendar ends within its last day, so its hours are not counted but reckoned.
    select
        dates.*,
        cities.timezone,
        cast(dates.service_date as timestamp) at time zone cities.timezone as starts_at,
        cast(dates.service_date + 1 as timestamp) at time zone cities.timezone as ends_at
    from dates
    inner join cities on dates.city_id = cities.city_id

),

final as (

    select
        bounded.city_id,
        {{ day_kind('bounded.is_holiday', 'bounded.is_workday') }} as day_kind,
        trim(to_char(bounded.service_date, 'Day')) as weekday_en,
        holidays.holiday_name_en,
        holidays.holiday_name_el,
        bounded.day_of_week,
        cast(extract(week from bounded.service_date) as integer) as iso_week,
        cast(extract(isoyear from bounded.service_date) as integer) as iso_year,
        cast(extract(month from bounded.service_date) as integer) as month_of_year,
        cast(extract(year from bounded.service_date) as integer) as calendar_year,
        cast(extract(epoch from bounded.ends_at - bounded.starts_at) / 3600 as double precision)
            as day_h,
        bounded.is_holiday,
        bounded.is_workday,
        bounded.service_date,
        bounded.starts_at,
        bounded.ends_at
    from bounded
    left join holidays
        on
            bounded.timezone = holidays.timezone
            and bounded.service_date = holidays.holiday_date

)

select * from final
