with

rides as (

    select * from {{ ref('fct_rides') }}

),

final as (

    select
        scooter_id,
        city_id,
        service_date,
        count(*) as ride_count,
        count(*) filter (where ended_at is not null) as ended_ride_count,
        {{ exact_sum('distance_m') }} as distance_m
    from rides
    -- A cancelled ride is an unlock without a trip.
    where status <> 'cancelled'
    group by scooter_id, city_id, service_date

)

select * from final
