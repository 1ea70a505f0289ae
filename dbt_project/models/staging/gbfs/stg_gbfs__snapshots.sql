with

source as (

    select * from {{ source('raw_gbfs', 'snapshots') }}

),

final as (

    select
        city as city_id,
        feed,
        version,
        source,
        cast(row_count as integer) as row_count,
        cast(rejected_count as integer) as rejected_count,
        observed_at
    from source

)

select * from final
