with

source as (

    select * from {{ source('ml', 'parking_targets') }}

),

final as (

    select
        parking_id,
        city_id,
        origin,
        expected_departures,
        expected_arrivals,
        target_count,
        minimum_count,
        maximum_count,
        hour_at
    from source

)

select * from final
