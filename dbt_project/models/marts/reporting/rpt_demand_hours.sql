with

demand as (

    select * from {{ ref('fct_demand_hours') }}

),

latent as (

    select * from {{ ref('stg_ml__latent_demand') }}

),

learnt as (

    select
        city_id,
        min(hour_at) as first_hour_at,
        max(hour_at) as last_hour_at
    from latent
    group by city_id

),

final as (

    select
        demand.parking_id,
        demand.city_id,
        demand.hour_of_week,
        -- As the estimate saw it: a ride that came late is in the next one.
        coalesce(latent.observed_count, demand.observed_departure_count)
            as observed_departure_count,
        coalesce(latent.latent_count - latent.observed_count, 0) as missed_departure_count,
        coalesce(latent.latent_count, demand.observed_departure_count) as demand_count,
        demand.unmet_search_count,
        demand.empty_min,
        demand.is_censored,
        demand.service_date,
        demand.hour_at,
        demand.local_hour_at
    from demand
    -- Hours of which the model said nothing, the running one and those older than what it learns
    -- from, have no estimate that could be added to others.
    inner join learnt
        on
            demand.city_id = learnt.city_id
            and demand.hour_at between learnt.first_hour_at and learnt.last_hour_at
    left join latent
        on
            demand.parking_id = latent.parking_id
            and demand.hour_at = latent.hour_at
    -- A ride from a parking that was not open was seen; nothing is missed there.
    where latent.parking_id is not null or demand.empty_min is null

)

select * from final
