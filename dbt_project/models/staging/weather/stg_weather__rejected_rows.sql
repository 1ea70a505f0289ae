with

hourly as (

    select * from {{ source('raw_weather', 'hourly_rejected') }}

),

final as (

    select
        'raw_weather.hourly' as source_table,
        row_key,
        city as city_id,
        reason,
        original,
        rejected_at
    from hourly

)

select * from final
