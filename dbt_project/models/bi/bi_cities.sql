with

cities as (

    select * from {{ ref('dim_cities') }}

),

scooters as (

    select * from {{ ref('fct_scooter_states') }}

),

parkings as (

    select * from {{ ref('dim_parkings') }}

),

fleet as (

    select
        city_id,
        count(*) as scooter_count,
        count(*) filter (where state = 'available') as available_count,
        count(*) filter (where state = 'on_trip') as on_trip_count,
        count(*) filter (where state = 'low_battery') as low_battery_count,
        count(*) filter (where state = 'out_of_service') as out_of_service_count,
        count(*) filter (where state = 'in_van') as in_van_count,
        count(*) filter (where state = 'lost') as lost_count
    from scooters
    group by city_id

),

places as (

    select
        city_id,
        count(*) as parking_count
    from parkings
    -- Closed parkings are history.
    where is_active
    group by city_id

),

final as (

    select
        cities.city_id,
        cities.name_en,
        cities.name_el,
        cities.timezone,
        cities.currency,
        cities.data_source,
        cities.stale_reason,
        cities.depot_latitude as latitude,
        cities.depot_longitude as longitude,
        {{ datalens_point('cities.depot_latitude', 'cities.depot_longitude') }} as datalens_point,
        {%- for name in ['scooter', 'available', 'on_trip'] %}
        cast(coalesce(fleet.{{ name }}_count, 0) as integer) as {{ name }}_count,
        {%- endfor %}
        -- Trip files tell who rode when, nothing of batteries, crews and losses.
        {%- for name in ['low_battery', 'out_of_service', 'in_van', 'lost'] %}
        case
            when cities.data_source = 'operational'
                then cast(coalesce(fleet.{{ name }}_count, 0) as integer)
        end as {{ name }}_count,
        {%- endfor %}
        cast(coalesce(places.parking_count, 0) as integer) as parking_count,
        cities.is_in_service,
        cities.is_stale,
        cities.as_of_at,
        cities.as_of_at at time zone cities.timezone as as_of_local_at
    from cities
    left join fleet on cities.city_id = fleet.city_id
    left join places on cities.city_id = places.city_id

)

select * from final
