with

source as (

    select * from {{ source('ml', 'demand_forecasts') }}

),

final as (

    select
        parking_id,
        city_id,
        model,
        horizon_h,
        forecast_count,
        lower_count,
        upper_count,
        issued_at,
        hour_at
    from source

)

select * from final
