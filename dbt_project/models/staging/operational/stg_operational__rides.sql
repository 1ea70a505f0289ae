with

source as (

    select * from {{ source('raw_operational', 'rides') }}

),

final as (

    select
        cast(id as text) as ride_id,
        city as city_id,
        cast(scooter_id as text) as scooter_id,
        -- Hashed where it is first written to a table: the definition of a view, and the key in
        -- it, could be read by every role of the database.
        cast(user_id as text) as user_id,
        status,
        start_latitude,
        start_longitude,
        start_x_m,
        start_y_m,
        start_hdop,
        end_latitude,
        end_longitude,
        end_x_m,
        end_y_m,
        end_hdop,
        start_battery_pct,
        end_battery_pct,
        distance_m,
        path_length_m,
        cast(price as numeric(14, 2)) as price,
        started_at,
        ended_at,
        updated_at
    from source
    -- What the operator deleted, or no longer holds, did not happen; the raw row stays to be seen.
    where deleted_at is null

)

select * from final
