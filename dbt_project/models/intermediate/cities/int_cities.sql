with

settings as (

    select * from {{ ref('int_city_settings') }}

),

clocks as (

    select * from {{ ref('stg_ops__city_clocks') }}

),

first_events as (

    select * from {{ ref('int_city_first_events') }}

),

parkings as (

    select * from {{ ref('stg_operational__parkings') }}

),

parking_centres as (

    select
        city_id,
        {{ exact_avg('latitude') }} as latitude,
        {{ exact_avg('longitude') }} as longitude,
        {{ exact_avg('x_m') }} as x_m,
        {{ exact_avg('y_m') }} as y_m
    from parkings
    group by city_id

),

final as (

    select
        settings.city_id,
        settings.name_en,
        settings.name_el,
        settings.timezone,
        settings.crs,
        settings.currency,
        settings.gps_tolerance_m,
        settings.low_battery_pct,
        settings.idle_hours,
        settings.silent_hours,
        settings.stale_hours,
        settings.search_radius_m,
        settings.ride_value,
        settings.move_cost,
        -- Without a depot in the sheet, crews start in the middle of the parkings.
        coalesce(settings.depot_latitude, parking_centres.latitude) as depot_latitude,
        coalesce(settings.depot_longitude, parking_centres.longitude) as depot_longitude,
        coalesce(settings.depot_x_m, parking_centres.x_m) as depot_x_m,
        coalesce(settings.depot_y_m, parking_centres.y_m) as depot_y_m,
        settings.service_start_hour,
        settings.service_end_hour,
        settings.data_source,
        settings.fleet_feed,
        first_events.data_from_at,
        clocks.as_of_at
    from settings
    left join clocks on settings.city_id = clocks.city_id
    left join first_events on settings.city_id = first_events.city_id
    left join parking_centres on settings.city_id = parking_centres.city_id

)

select * from final
