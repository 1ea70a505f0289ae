{{ incremental_by_day(
    'int_point_days', indexes=[{'columns': ['parking_id', 'hour_at'], 'unique': true}]
) }}

{%- set since_at = first_missing_at(this, ref('int_point_days'), ref('int_cities')) %}

with

-- Read once a branch: set aside, all of history would be, whatever little is asked for.
rides as not materialized (

    select * from {{ ref('fct_rides') }}
    -- A cancelled ride is an unlock without a trip: nobody left, nobody came.
    where status <> 'cancelled'

),

missing_days as (
    {{ missing_days(this, ref('int_point_days'), ref('int_cities')) }}
),

moves as (

    select
        start_parking_id as parking_id,
        city_id,
        1 as departure_count,
        0 as arrival_count,
        {{ utc_date('start_hour_at') }} as utc_date,
        start_hour_at as hour_at
    from rides
    where start_parking_id is not null and start_hour_at >= {{ since_at }}

    union all

    select
        end_parking_id as parking_id,
        city_id,
        0 as departure_count,
        1 as arrival_count,
        {{ utc_date('ended_at') }} as utc_date,
        {{ dbt.date_trunc('hour', 'ended_at') }} as hour_at
    from rides
    -- A ride under way has not arrived anywhere.
    where end_parking_id is not null and ended_at >= {{ since_at }}

),

final as (

    select
        moves.parking_id,
        moves.city_id,
        cast(sum(moves.departure_count) as integer) as departure_count,
        cast(sum(moves.arrival_count) as integer) as arrival_count,
        missing_days.day_fingerprint,
        moves.utc_date,
        moves.hour_at
    from moves
    inner join missing_days
        on
            moves.city_id = missing_days.city_id
            and moves.utc_date = missing_days.utc_date
    group by
        moves.parking_id,
        moves.city_id,
        missing_days.day_fingerprint,
        moves.utc_date,
        moves.hour_at

)

select * from final
