with

cities as (

    select * from {{ ref('dim_cities') }}

),

forecasts as (

    select * from {{ ref('stg_ml__demand_forecasts') }}

),

latent as (

    select * from {{ ref('stg_ml__latent_demand') }}

),

demand as (

    select * from {{ ref('fct_demand_hours') }}

),

-- As the backtest classes parkings: by what they would have given had scooters always been there.
volumes as (

    select
        latent.parking_id,
        {{ exact_avg('latent.latent_count') }} as mean_count
    from latent
    inner join cities on latent.city_id = cities.city_id
    where {{ tells_volume('latent.hour_at', 'cities.as_of_at') }}
    group by latent.parking_id

),

-- A clock that was set back does not know what was said later.
issued as (

    select
        forecasts.*,
        cities.as_of_at
    from forecasts
    inner join cities on forecasts.city_id = cities.city_id
    where forecasts.issued_at <= cities.as_of_at

),

newest as (

    select
        city_id,
        max(issued_at) as issued_at
    from issued
    group by city_id

),

-- Old issues grow without end: kept are those of the last days, and hours to come only from the
-- newest one, because no other is acted on.
kept as (

    select issued.*
    from issued
    inner join newest on issued.city_id = newest.city_id
    where
        issued.issued_at = newest.issued_at
        or (
            issued.issued_at
            >= issued.as_of_at - interval '{{ var("forecast_history_days", 7) }} days'
            and issued.hour_at < issued.as_of_at
        )

),

final as (

    select
        kept.parking_id,
        kept.city_id,
        kept.model,
        {{ volume_class('volumes.mean_count', var('parking_volume_bounds')) }} as volume_class,
        kept.horizon_h,
        kept.forecast_count,
        kept.lower_count,
        kept.upper_count,
        demand.observed_departure_count as actual_count,
        kept.forecast_count - demand.observed_departure_count as error_count,
        demand.observed_departure_count between kept.lower_count and kept.upper_count
            as is_covered,
        demand.is_censored,
        kept.issued_at,
        kept.hour_at
    from kept
    left join volumes on kept.parking_id = volumes.parking_id
    -- An hour has an actual count once it is over.
    left join demand
        on
            kept.parking_id = demand.parking_id
            and kept.hour_at = demand.hour_at
            and kept.as_of_at >= kept.hour_at + interval '1 hour'

)

select * from final
