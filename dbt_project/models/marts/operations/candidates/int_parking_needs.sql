with

parkings as (

    select
        *,
        least(capacity_count, maximum_count) as limit_count
    from {{ ref('int_parkings_appraised') }}

),

needs as (

    select
        *,
        -- Broken and empty scooters take up room as well: filling a parking beyond what it holds
        -- would only call a van back to empty it. Without a limit there is room for all.
        greatest(
            least(coalesce(minimum_count, 0) - available_count, limit_count - standing_count), 0
        ) as missing_to_minimum_count,
        greatest(
            least(
                greatest(minimum_count, target_count, 0) - available_count,
                limit_count - standing_count
            ),
            0
        ) as missing_count,
        coalesce(greatest(standing_count - limit_count, 0), 0) as surplus_count
    from parkings

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
        end as {{ name }}_el
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from needs

)

select * from final
