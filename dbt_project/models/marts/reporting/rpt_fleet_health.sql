with

cities as (

    select * from {{ ref('dim_cities') }}

),

scooter_days as (

    select * from {{ ref('fct_scooter_days') }}

),

battery_use as (

    select * from {{ ref('int_battery_use_days') }}

),

fleet as (

    select
        city_id,
        service_date,
        count(*) as scooter_count,
        count(has_pinged) as heard_of_count,
        count(*) filter (where not has_pinged) as silent_count,
        count(*) filter (where lost_min > 0) as lost_count,
        count(*) filter (where low_battery_min > 0) as low_battery_count,
        count(*) filter (where out_of_service_min > 0) as out_of_service_count,
        count(*) filter (where deployed_min > 0) as deployed_count,
        count(*) filter (where deployed_min > 0 and ride_count = 0) as unridden_count,
        count(*) filter (where idle_h >= {{ var('long_idle_h', 72) }}) as long_idle_count
    from scooter_days
    group by city_id, service_date

),

final as (

    select
        fleet.city_id,
        fleet.service_date,
        cast(fleet.scooter_count as integer) as scooter_count,
        cast(fleet.deployed_count as integer) as deployed_count,
        cast(case when fleet.heard_of_count > 0 then fleet.silent_count end as integer)
            as silent_count,
        -- Trip files tell who rode when, nothing of batteries, crews and losses.
        {%- for name in ['lost', 'low_battery', 'out_of_service'] %}
        case
            when cities.data_source = 'operational' then cast(fleet.{{ name }}_count as integer)
        end as {{ name }}_count,
        {%- endfor %}
        cast(fleet.unridden_count as integer) as unridden_count,
        cast(fleet.long_idle_count as integer) as long_idle_count,
        cast(case when fleet.heard_of_count > 0 then fleet.silent_count end as double precision)
        / nullif(fleet.heard_of_count, 0) as silent_share,
        {%- for name in ['low_battery', 'out_of_service'] %}
        case
            when cities.data_source = 'operational'
                then
                    cast(fleet.{{ name }}_count as double precision)
                    / nullif(fleet.scooter_count, 0)
        end as {{ name }}_share,
        {%- endfor %}
        cast(fleet.unridden_count as double precision)
        / nullif(fleet.deployed_count, 0) as unridden_share,
        battery_use.battery_used_pct,
        battery_use.battery_distance_km,
        battery_use.battery_used_pct / nullif(battery_use.battery_distance_km, 0)
            as battery_use_per_km,
        -- The day of the clock is not over.
        fleet.service_date < cast(cities.as_of_at at time zone cities.timezone as date)
            as is_complete
    from fleet
    inner join cities on fleet.city_id = cities.city_id
    left join battery_use
        on
            fleet.city_id = battery_use.city_id
            and fleet.service_date = battery_use.service_date

)

select * from final
