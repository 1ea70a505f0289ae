with

source as (

    select * from {{ source('raw_planning', 'cells_rejected') }}

),

final as (

    select
        worksheet,
        row_number,
        column_name,
        value,
        allowed,
        reason,
        rejected_at
    from source

)

select * from final
