with

cities as (

    select * from {{ ref('dim_cities') }}

),

hours as (

    select * from {{ ref('int_hours') }}

),

forecasts as (

    select * from {{ ref('stg_ml__city_demand_forecasts') }}

),

latent as (

    select
        city_id,
        hour_at,
        {{ exact_sum('latent_count') }} as latent_count
    from {{ ref('stg_ml__latent_demand') }}
    group by city_id, hour_at

),

demand as (

    select
        city_id,
        hour_at,
        sum(observed_departure_count) as actual_count,
        sum(unmet_search_count) as unmet_search_count
    from {{ ref('fct_demand_hours') }}
    group by city_id, hour_at

),

volumes as (

    select
        latent.city_id,
        {{ exact_avg('latent.latent_count') }} as mean_count
    from latent
    inner join cities on latent.city_id = cities.city_id
    where {{ tells_volume('latent.hour_at', 'cities.as_of_at') }}
    group by latent.city_id

),

-- What was last said of an hour before it began is what decisions rested on; a clock that was
-- set back does not know what was said later.
last_said as (

    select
        forecasts.*,
        row_number() over (
            partition by forecasts.city_id, forecasts.hour_at order by forecasts.issued_at desc
        ) as recency
    from forecasts
    inner join cities on forecasts.city_id = cities.city_id
    where forecasts.issued_at <= least(forecasts.hour_at, cities.as_of_at)

),

final as (

    select
        hours.city_id,
        cities.name_en as city_name_en,
        cities.name_el as city_name_el,
        last_said.model,
        {{ volume_class('volumes.mean_count', var('city_volume_bounds')) }} as volume_class,
        cast(last_said.horizon_h as integer) as horizon_h,
        last_said.forecast_count,
        last_said.lower_count,
        last_said.upper_count,
        latent.latent_count,
        cast(demand.actual_count as integer) as actual_count,
        cast(demand.unmet_search_count as integer) as unmet_search_count,
        hours.hour_at >= cities.as_of_at as is_future,
        hours.service_date,
        last_said.issued_at,
        last_said.issued_at at time zone cities.timezone as issued_local_at,
        hours.hour_at,
        hours.local_hour_at
    from hours
    inner join cities on hours.city_id = cities.city_id
    left join volumes on hours.city_id = volumes.city_id
    left join last_said
        on
            hours.city_id = last_said.city_id
            and hours.hour_at = last_said.hour_at
            and last_said.recency = 1
    -- The running hour is not over, so that its count is no actual one yet.
    left join demand
        on
            hours.city_id = demand.city_id
            and hours.hour_at = demand.hour_at
            and cities.as_of_at >= hours.hour_at + interval '1 hour'
    left join latent
        on
            hours.city_id = latent.city_id
            and hours.hour_at = latent.hour_at
    -- The calendar goes on past what is known or said.
    where last_said.city_id is not null or demand.city_id is not null

)

select * from final
