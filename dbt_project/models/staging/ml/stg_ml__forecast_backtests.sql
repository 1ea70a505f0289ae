with

source as (

    select * from {{ source('ml', 'forecast_backtests') }}

),

final as (

    select
        city_id,
        level,
        volume_class,
        horizon_class,
        model,
        wape,
        mase,
        pinball_loss,
        coverage_share,
        observation_count,
        evaluated_at
    from source

)

select * from final
