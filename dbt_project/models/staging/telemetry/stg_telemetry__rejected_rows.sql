with

pings as (

    select * from {{ source('raw_telemetry', 'pings_rejected') }}

),

final as (

    select
        'raw_telemetry.pings' as source_table,
        row_key,
        city as city_id,
        reason,
        original,
        rejected_at
    from pings

)

select * from final
