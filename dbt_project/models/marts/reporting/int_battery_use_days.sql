with

rides as (

    select * from {{ ref('fct_rides') }}

),

final as (

    select
        city_id,
        service_date,
        count(*) as metered_ride_count,
        sum(start_battery_pct - end_battery_pct) as battery_used_pct,
        {{ exact_sum('distance_m') }} / 1000 as battery_distance_km
    from rides
    -- Only rides of which both the charge and the length are known; a charge that rose was a swap.
    where
        status = 'completed'
        and start_battery_pct >= end_battery_pct
        and distance_m > 0
    group by city_id, service_date

)

select * from final
