with

open_tasks as (

    select
        subject_id,
        bool_or(task_kind = 'below_minimum') as is_below_minimum_open,
        bool_or(task_kind = 'below_target') as is_below_target_open,
        bool_or(task_kind = 'over_capacity') as is_over_capacity_open
    from {{ ref('int_open_tasks') }}
    group by subject_id

),

parkings as (

    select
        parkings.*,
        least(parkings.capacity_count, parkings.maximum_count) as limit_count,
        greatest(parkings.minimum_count, parkings.target_count, 0) as wanted_count,
        coalesce(open_tasks.is_below_minimum_open, false) as is_below_minimum_open,
        coalesce(open_tasks.is_below_target_open, false) as is_below_target_open,
        coalesce(open_tasks.is_over_capacity_open, false) as is_over_capacity_open
    from {{ ref('int_parkings_appraised') }} as parkings
    left join open_tasks on parkings.parking_id = open_tasks.subject_id

),

-- What an open task works towards lies a bit beyond what opens it: else a ride more or less would
-- close and open it.
aims as (

    select
        *,
        case
            when is_below_minimum_open and minimum_count > 0
                then least(minimum_count + 1, wanted_count)
            else coalesce(minimum_count, 0)
        end as refilled_count,
        -- A surplus is taken down to one free place, as long as the parking keeps what it wants.
        case
            when is_over_capacity_open and limit_count is not null
                then greatest(limit_count - 1, least(limit_count, wanted_count))
            else limit_count
        end as kept_count
    from parkings

),

needs as (

    select
        *,
        -- Broken and empty scooters take up room as well: filling a parking beyond what it holds
        -- would only call a van back to empty it. Without a limit there is room for all.
        greatest(least(refilled_count - available_count, kept_count - standing_count), 0)
            as missing_to_minimum_count,
        greatest(least(wanted_count - available_count, kept_count - standing_count), 0)
            as missing_count,
        coalesce(greatest(standing_count - kept_count, 0), 0) as surplus_count
    from aims

),

final as (

    select
        city_id,
        parking_id as subject_id,
        cast(null as text) as scooter_id,
        cast(null as text) as scooter_code,
        parking_id,
        latitude,
        longitude,
        x_m,
        y_m,
        cast(null as double precision) as battery_pct,
        available_count,
        standing_count,
        minimum_count,
        target_count,
        limit_count,
        missing_to_minimum_count,
        -- The first of the missing ones are the minimum's.
        missing_count - missing_to_minimum_count as missing_to_target_count,
        {{ target_slack_count('target_count') }} as target_slack_count,
        surplus_count,
        expected_departures,
        {%- for name in ['available', 'standing'] %}
        case {{ name }}_count
            when 0 then 'No scooter here'
            when 1 then '1 scooter here'
            else {{ name }}_count || ' scooters here'
        end as {{ name }}_en,
        case {{ name }}_count
            when 0 then 'Κανένα πατίνι εδώ'
            when 1 then '1 πατίνι εδώ'
            else {{ name }}_count || ' πατίνια εδώ'
        end as {{ name }}_el,
        {%- endfor %}
        is_below_target_open
    from needs

)

select * from final
