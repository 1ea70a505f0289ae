{#
    The Python model keeps the targets of the coming day only. This remembers what was said of each
    hour last, up to its running; no source could tell it again, so a full refresh keeps it.
#}
{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['parking_id', 'hour_at'],
        full_refresh=false,
        on_schema_change='append_new_columns',
        indexes=[{'columns': ['parking_id', 'hour_at'], 'unique': true}]
    )
}}

with

targets as (

    select * from {{ ref('stg_ml__parking_targets') }}

),

final as (

    select
        parking_id,
        city_id,
        origin,
        minimum_count,
        target_count,
        maximum_count,
        hour_at
    from targets

)

select * from final
