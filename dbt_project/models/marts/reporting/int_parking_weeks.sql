with

cities as (

    select
        *,
        cast(date_trunc('week', as_of_at at time zone timezone) as date) as this_week_date
    from {{ ref('dim_cities') }}

),

parking_days as (

    select * from {{ ref('int_parking_day_parts') }}

),

rides as (

    select rides.*
    from {{ ref('fct_rides') }} as rides
    inner join cities on rides.city_id = cities.city_id
    where
        -- A cancelled ride is an unlock without a trip.
        rides.status <> 'cancelled'
        and rides.start_parking_id is not null
        and rides.service_date
        >= cities.this_week_date - 7 * ({{ var('scorecard_weeks', 13) }} + 4)

),

paid as (

    select
        start_parking_id as parking_id,
        cast(date_trunc('week', service_date) as date) as week_date,
        count(ended_at) as ended_ride_count,
        sum(price) as revenue
    from rides
    group by start_parking_id, cast(date_trunc('week', service_date) as date)

),

weeks as (

    select
        parking_days.parking_id,
        parking_days.city_id,
        cast(date_trunc('week', parking_days.service_date) as date) as week_date,
        max(parking_days.capacity_count) as capacity_count,
        {%- for name in ['departure_count', 'arrival_count', 'unmet_search_count'] %}
        sum(parking_days.{{ name }}) as {{ name }},
        {%- endfor %}
        {%- for name in ['empty', 'full', 'occupied_place', 'place', 'observed'] %}
        {{ sum_of_min('parking_days.' ~ name ~ '_min') }} as {{ name }}_min
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from parking_days
    inner join cities on parking_days.city_id = cities.city_id
    -- Weeks that are over, and four more that the first ones are held against.
    where
        parking_days.service_date < cities.this_week_date
        and parking_days.service_date
        >= cities.this_week_date - 7 * ({{ var('scorecard_weeks', 13) }} + 4)
    group by
        parking_days.parking_id,
        parking_days.city_id,
        cast(date_trunc('week', parking_days.service_date) as date)

),

final as (

    select
        weeks.*,
        -- Trip files have no prices, which is not revenue 0; a week without a ride is.
        cast(
            case
                when cities.data_source <> 'operational' then null
                when paid.ended_ride_count > 0 then paid.revenue
                else 0
            end as numeric(14, 2)
        ) as revenue,
        cities.currency,
        weeks.week_date >= cities.this_week_date - 7 * {{ var('scorecard_weeks', 13) }} as is_shown
    from weeks
    inner join cities on weeks.city_id = cities.city_id
    left join paid
        on
            weeks.parking_id = paid.parking_id
            and weeks.week_date = paid.week_date

)

select * from final
