with

parking_weeks as (

    select * from {{ ref('int_parking_weeks') }}

),

parkings as (

    select * from {{ ref('dim_parkings') }}

),

measured as (

    select
        parking_weeks.*,
        parkings.is_active,
        cast(parking_weeks.departure_count as double precision)
        / nullif(parking_weeks.capacity_count, 0) as rides_per_place,
        parking_weeks.departure_count / nullif(parking_weeks.observed_min / 1440, 0)
            as departures_per_day,
        sum(parking_weeks.departure_count) over four_before
        / nullif(sum(parking_weeks.observed_min) over four_before / 1440, 0)
            as previous_departures_per_day,
        count(*) over four_before as previous_week_count
    from parking_weeks
    inner join parkings on parking_weeks.parking_id = parkings.parking_id
    window four_before as (
        partition by parking_weeks.parking_id order by parking_weeks.week_date
        -- By the calendar: a week in which it was closed has no row, and is none of the four.
        range between interval '28 days' preceding and interval '7 days' preceding
    )

),

final as (

    select
        parking_id,
        city_id,
        week_date,
        capacity_count,
        cast(departure_count as integer) as departure_count,
        cast(arrival_count as integer) as arrival_count,
        cast(unmet_search_count as integer) as unmet_search_count,
        rides_per_place,
        -- Among those that were open in the week, closed since or not; without a known capacity
        -- there is no rank.
        case
            when rides_per_place is not null
                then
                    cast(
                        rank() over (
                            partition by city_id, week_date
                            order by rides_per_place desc nulls last
                        ) as integer
                    )
        end as rank_in_city,
        cast(
            count(rides_per_place) over (partition by city_id, week_date) as integer
        ) as ranked_count,
        empty_min,
        full_min,
        observed_min,
        empty_min / nullif(observed_min, 0) as empty_share,
        -- A parking of unknown capacity is never known to be full.
        case when capacity_count is not null then full_min / nullif(observed_min, 0) end
            as full_share,
        occupied_place_min,
        place_min,
        least(occupied_place_min, place_min) / nullif(place_min, 0) as utilisation_share,
        revenue,
        currency,
        departures_per_day,
        previous_departures_per_day,
        cast(previous_week_count as integer) as previous_week_count,
        departures_per_day / nullif(previous_departures_per_day, 0) - 1 as trend_share,
        is_active
    from measured
    where is_shown

)

select * from final
