with

cities as (

    select * from {{ ref('int_cities') }}

),

hashed as (

    select * from {{ ref('int_fleet_hashes') }}

),

first_pings as (

    select
        cities.city_id,
        cast(marks.first_hour_at at time zone cities.timezone as date) as first_date
    from cities
    cross join
        lateral (
            select min(city_marks.hour_at) as first_hour_at
            from {{ ref('int_ping_marks') }} as city_marks
            where city_marks.city_id = cities.city_id
        ) as marks

),

days as (

    select
        city_id,
        service_date,
        sum(row_hash) as rows_hash
    from hashed
    group by city_id, service_date

),

final as (

    select
        days.city_id,
        cast({{ row_hash([
            'days.rows_hash', 'first_pings.first_date', 'cities.data_source', 'cities.timezone',
        ]) }} as text) as fingerprint,
        -- A city that never heard a ping does not hear silence either.
        coalesce(days.service_date >= first_pings.first_date, false) as is_pinging,
        days.service_date
    from days
    inner join cities on days.city_id = cities.city_id
    left join first_pings on days.city_id = first_pings.city_id

)

select * from final
