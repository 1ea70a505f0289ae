with

rides as (

    select * from {{ ref('fct_rides') }}
    -- A cancelled ride is an unlock without a trip: nobody left, nobody came.
    where status <> 'cancelled'

),

moves as (

    select
        start_parking_id as parking_id,
        city_id,
        1 as departure_count,
        0 as arrival_count,
        start_hour_at as hour_at
    from rides
    where start_parking_id is not null

    union all

    select
        end_parking_id as parking_id,
        city_id,
        0 as departure_count,
        1 as arrival_count,
        {{ dbt.date_trunc('hour', 'ended_at') }} as hour_at
    from rides
    -- A ride under way has not arrived anywhere.
    where end_parking_id is not null and ended_at is not null

),

final as (

    select
        parking_id,
        city_id,
        cast(sum(departure_count) as integer) as departure_count,
        cast(sum(arrival_count) as integer) as arrival_count,
        hour_at
    from moves
    group by parking_id, city_id, hour_at

)

select * from final
