with

source as (

    select * from {{ source('raw_operational', 'app_searches') }}

),

final as (

    select
        cast(id as text) as search_id,
        city as city_id,
        cast(available_count as integer) as available_count,
        latitude,
        longitude,
        x_m,
        y_m,
        searched_at
    from source
    -- What the operator deleted, or no longer holds, did not happen; the raw row stays to be seen.
    where deleted_at is null

)

select * from final
