with

rejected as (

    select
        city_id,
        source_table,
        reason
    from {{ ref('stg_operational__rejected_rows') }}
    union all
    select
        city_id,
        source_table,
        reason
    from {{ ref('stg_telemetry__rejected_rows') }}
    union all
    select
        city_id,
        source_table,
        reason
    from {{ ref('stg_weather__rejected_rows') }}
    union all
    select
        city_id,
        source_table,
        reason
    from {{ ref('stg_open_trips__rejected_rows') }}
    union all
    select
        city_id,
        source_table,
        reason
    from {{ ref('stg_mds__rejected_rows') }}
    union all
    select
        city_id,
        source_table,
        reason
    from {{ ref('stg_gbfs__rejected_rows') }}
    union all
    -- A bad cell holds back its whole worksheet, which all cities share.
    select
        null as city_id,
        'raw_planning.' || worksheet as source_table,
        reason
    from {{ ref('stg_planning__rejected_cells') }}

),

reasons as (

    select
        city_id,
        source_table,
        reason,
        count(*) as row_count,
        sum(count(*)) over (partition by city_id, source_table) as failed_count,
        row_number() over (
            partition by city_id, source_table
            order by count(*) desc, reason
        ) as frequency_rank
    from rejected
    group by city_id, source_table, reason

),

final as (

    select
        city_id,
        'rejected_rows ' || source_table as check_name,
        'warning' as severity,
        cast(failed_count as integer) as failed_count,
        'Most often: ' || reason || ' (' || row_count || ')' as detail_en
    from reasons
    -- One row a source, which tells its most common reason.
    where frequency_rank = 1

)

select * from final
