{{ incremental_by_day(
    'int_parking_hour_days',
    indexes=[{'columns': ['parking_id', 'service_date', 'utc_date'], 'unique': true}],
) }}

with

missing_days as (
    {{ missing_days(this, ref('int_parking_hour_days'), ref('int_cities')) }}
),

parking_hours as (

    select
        parking_hours.*,
        missing_days.day_fingerprint as part_fingerprint
    from {{ ref('fct_parking_hours') }} as parking_hours
    inner join missing_days
        on
            parking_hours.city_id = missing_days.city_id
            and parking_hours.utc_date = missing_days.utc_date

),

final as (

    select
        parking_id,
        city_id,
        max(capacity_count) as capacity_count,
        {%- for name in ['departure_count', 'arrival_count', 'unmet_search_count'] %}
        sum({{ name }}) as {{ name }},
        {%- endfor %}
        {%- for name in [
            'available_scooter', 'empty', 'full', 'occupied_place', 'place', 'observed',
        ] %}
        {{ sum_of_min(name ~ '_min') }} as {{ name }}_min,
        {%- endfor %}
        part_fingerprint as day_fingerprint,
        utc_date,
        service_date
    from parking_hours
    group by parking_id, city_id, part_fingerprint, utc_date, service_date

)

select * from final
