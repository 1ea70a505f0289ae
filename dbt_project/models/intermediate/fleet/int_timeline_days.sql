with

cities as (

    select
        city_id,
        {{ row_hash([
            'data_from_at', 'gps_tolerance_m', 'low_battery_pct', 'silent_hours', 'timezone',
        ]) }} as settings_hash
    from {{ ref('int_cities') }}

),

hashed as (

    select * from {{ ref('int_timeline_hashes') }}

),

days as (

    select
        city_id,
        utc_date,
        {{ row_hash(['utc_date', 'sum(day_hash)']) }} as day_hash
    from hashed
    group by city_id, utc_date

),

final as (

    select
        days.city_id,
        -- A state depends on all that happened before: so does the fingerprint.
        cast({{ row_hash(['cities.settings_hash', 'sum(days.day_hash) over so_far']) }} as text)
            as fingerprint,
        days.utc_date
    from days
    inner join cities on days.city_id = cities.city_id
    window so_far as (
        partition by days.city_id order by days.utc_date
        rows between unbounded preceding and current row
    )

)

select * from final
