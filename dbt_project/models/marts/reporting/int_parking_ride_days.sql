{{ incremental_by_day(
    'int_ride_days',
    indexes=[{'columns': ['parking_id', 'service_date'], 'unique': true}],
    date='service_date',
) }}

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
        and rides.start_parking_id is not null
        -- A cancelled ride is an unlock without a trip.
        and rides.status <> 'cancelled'

),

final as (

    select
        start_parking_id as parking_id,
        city_id,
        ride_fingerprint as day_fingerprint,
        service_date,
        count(distinct user_hash) as known_rider_count
    from rides
    group by start_parking_id, city_id, ride_fingerprint, service_date

)

select * from final
