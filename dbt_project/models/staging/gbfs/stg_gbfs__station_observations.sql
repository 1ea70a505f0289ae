with

source as (

    select * from {{ source('raw_gbfs', 'station_observations') }}

),

final as (

    select
        {{ feed_scoped_id('gbfs', 'station_id') }} as parking_id,
        city as city_id,
        cast(available_count as integer) as available_count,
        cast(disabled_count as integer) as disabled_count,
        cast(docks_available_count as integer) as docks_available_count,
        is_installed,
        is_renting,
        is_returning,
        last_reported_at,
        observed_at
    from source

)

select * from final
