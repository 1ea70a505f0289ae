{{ incremental_by_day('int_ride_days', indexes=[], date='service_date') }}

{%- set since_at = first_missing_at(
    this, ref('int_ride_days'), ref('int_cities'), date='service_date'
) %}

with

missing_days as (
    {{ missing_days(this, ref('int_ride_days'), ref('int_cities'), 'service_date') }}
),

rides as (

    select
        rides.*,
        missing_days.day_fingerprint as ride_fingerprint
    from {{ ref('fct_rides') }} as rides
    inner join missing_days
        on
            rides.city_id = missing_days.city_id
            and rides.service_date = missing_days.service_date
    where
        rides.started_at >= {{ since_at }}
        -- A cancelled ride is an unlock without a trip.
        and rides.status <> 'cancelled'

),

final as (

    select
        city_id,
        ride_fingerprint as day_fingerprint,
        service_date,
        count(*) as ride_count,
        count(*) filter (where is_inferred) as inferred_ride_count,
        count(distinct user_hash) as known_rider_count,
        -- Rides that have not ended have neither a price nor a length yet: that is 0. Those that
        -- have, and of which the source tells none, leave both unknown.
        cast(case when count(ended_at) > 0 then sum(price) else 0 end as numeric(14, 2)) as revenue,
        case when count(ended_at) > 0 then {{ exact_sum('distance_m') }} / 1000 else 0 end
            as distance_km,
        {{ exact_sum('case when ended_at is not null then duration_min end') }} as duration_min,
        count(ended_at) as ended_ride_count,
        count(*) filter (where is_end_outside is not null) as located_end_count,
        count(*) filter (where is_end_outside) as outside_end_count
    from rides
    group by city_id, ride_fingerprint, service_date

)

select * from final
