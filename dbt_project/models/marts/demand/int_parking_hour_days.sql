with

cities as (

    select * from {{ ref('int_cities') }}

),

parking_days as (

    select * from {{ ref('int_parking_days') }}

),

point_days as (

    select * from {{ ref('int_point_days') }}

),

search_logs as (

    select * from {{ ref('int_city_search_logs') }}

),

search_days as (

    select
        city_id,
        {{ utc_date('hour_at') }} as utc_date,
        sum({{ row_hash(['parking_id', 'hour_at', 'unmet_search_count']) }}) as searches_hash
    from {{ ref('int_search_hours') }}
    group by city_id, {{ utc_date('hour_at') }}

),

plan_versions as (

    select * from {{ ref('int_parking_plan_versions') }}

),

plans as (
    {{ versions_within_days(
        'parking_days', 'plan_versions', ['parking_id', 'day_part', 'target_count']
    ) }}
),

places as (

    select
        city_id,
        sum({{ row_hash(['parking_id', 'latitude', 'longitude', 'x_m', 'y_m']) }}) as places_hash
    from {{ ref('int_parkings') }}
    group by city_id

),

final as (

    select
        parking_days.city_id,
        cast({{ row_hash([
            'parking_days.fingerprint',
            'point_days.place_fingerprint',
            'search_days.searches_hash',
            'search_logs.searches_from_at',
            'plans.versions_hash',
            'places.places_hash',
            'cities.timezone',
        ]) }} as text) as fingerprint,
        parking_days.utc_date
    from parking_days
    inner join cities on parking_days.city_id = cities.city_id
    left join point_days
        on
            parking_days.city_id = point_days.city_id
            and parking_days.utc_date = point_days.utc_date
    left join search_days
        on
            parking_days.city_id = search_days.city_id
            and parking_days.utc_date = search_days.utc_date
    left join search_logs on parking_days.city_id = search_logs.city_id
    left join plans
        on
            parking_days.city_id = plans.city_id
            and parking_days.utc_date = plans.utc_date
    left join places on parking_days.city_id = places.city_id

)

select * from final
