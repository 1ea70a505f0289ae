with

trip_cities as (

    select * from {{ ref('int_trip_cities') }}

),

final as (

    select
        city_id,
        'uncounted_trips' as check_name,
        'warning' as severity,
        case when is_counted then 0 else 1 end as failed_count,
        case
            when is_counted then 'Its trips from files are counted'
            else 'Its trips from files are not counted: its database or MDS feed tells the rides'
        end as detail_en
    from trip_cities

)

select * from final
