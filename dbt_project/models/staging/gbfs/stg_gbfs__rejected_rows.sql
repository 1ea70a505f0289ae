with

final as (

    {%- for table in [
        'snapshots',
        'vehicle_types',
        'vehicle_observations',
        'stations',
        'station_observations',
        'geofencing_zones',
        'pricing_plans',
    ] %}

    select
        'raw_gbfs.{{ table }}' as source_table,
        row_key,
        city as city_id,
        reason,
        original,
        rejected_at
    from {{ source('raw_gbfs', table ~ '_rejected') }}
    {%- if not loop.last %}

    union all
    {%- endif %}
    {%- endfor %}

)

select * from final
