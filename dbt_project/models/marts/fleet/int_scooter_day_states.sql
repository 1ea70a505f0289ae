{{ incremental_by_day(
    'int_fleet_days',
    indexes=[{'columns': ['scooter_id', 'service_date', 'city_id'], 'unique': true}],
    date='service_date',
) }}

{%- set states = ['available', 'on_trip', 'low_battery', 'out_of_service', 'in_van', 'lost'] -%}

with

intervals as (

    select * from {{ ref('int_scooter_state_intervals') }}

),

cities as (

    select * from {{ ref('int_cities') }}

),

dates as (

    select * from {{ ref('dim_dates') }}

),

missing_days as (
    {{ missing_days(this, ref('int_fleet_days'), ref('int_cities'), 'service_date') }}
),

local_days as (

    select
        missing_days.*,
        cities.timezone
    from missing_days
    inner join cities on missing_days.city_id = cities.city_id

),

parts as (
    {{ parts_of_days('intervals', 'local_days', date='service_date', timezone='timezone') }}
),

spent as (

    select
        scooter_id,
        city_id,
        state,
        day_fingerprint,
        cast(extract(epoch from sum(ended_at - started_at)) as double precision) / 60
            as duration_min,
        service_date
    from parts
    group by scooter_id, city_id, state, day_fingerprint, service_date

),

final as (

    select
        spent.scooter_id,
        spent.city_id,
        spent.day_fingerprint,
        {%- for state in states %}
        {{ rounded_min("sum(spent.duration_min) filter (where spent.state = '" ~ state ~ "')") }}
            as {{ state }}_min,
        {%- endfor %}
        {{ rounded_min('sum(spent.duration_min)') }} as total_min,
        dates.day_h * 60 as day_min,
        -- Neither the first day, nor the last, nor the running one, nor one of two cities.
        {{ rounded_min('sum(spent.duration_min)') }} = dates.day_h * 60 as is_whole_day,
        spent.service_date
    from spent
    inner join dates
        on
            spent.city_id = dates.city_id
            and spent.service_date = dates.service_date
    group by
        spent.scooter_id,
        spent.city_id,
        spent.day_fingerprint,
        dates.day_h,
        spent.service_date

)

select * from final
