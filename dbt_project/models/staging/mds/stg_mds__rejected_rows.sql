with

final as (

    {%- for table in [
        'vehicles',
        'trips',
        'telemetry',
        'events',
        'stops',
        'geographies',
        'policies',
    ] %}

    select
        'raw_mds.{{ table }}' as source_table,
        row_key,
        city as city_id,
        reason,
        original,
        rejected_at
    from {{ source('raw_mds', table ~ '_rejected') }}
    {%- if not loop.last %}

    union all
    {%- endif %}
    {%- endfor %}

)

select * from final
