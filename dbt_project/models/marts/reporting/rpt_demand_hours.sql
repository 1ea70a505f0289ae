with

demand as (

    select * from {{ ref('fct_demand_hours') }}

),

latent as (

    select * from {{ ref('stg_ml__latent_demand') }}

),

final as (

    select
        demand.parking_id,
        demand.city_id,
        demand.hour_of_week,
        -- As the estimate saw it: a ride that came late is in the next one.
        latent.observed_count as observed_departure_count,
        latent.latent_count - latent.observed_count as missed_departure_count,
        latent.latent_count as demand_count,
        demand.unmet_search_count,
        demand.empty_min,
        demand.is_censored,
        demand.service_date,
        demand.hour_at,
        demand.local_hour_at
    from demand
    -- Hours of which the model said nothing, the running one and those older than what it learns
    -- from, have no estimate that could be added to others.
    inner join latent
        on
            demand.parking_id = latent.parking_id
            and demand.hour_at = latent.hour_at

)

select * from final
