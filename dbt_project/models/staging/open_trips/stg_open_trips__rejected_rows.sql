with

trips as (

    select * from {{ source('raw_open_trips', 'trips_rejected') }}

),

stations as (

    select * from {{ source('raw_open_trips', 'stations_rejected') }}

),

final as (

    select
        'raw_open_trips.trips' as source_table,
        row_key,
        city as city_id,
        reason,
        original,
        rejected_at
    from trips

    union all

    select
        'raw_open_trips.stations' as source_table,
        row_key,
        city as city_id,
        reason,
        original,
        rejected_at
    from stations

)

select * from final
