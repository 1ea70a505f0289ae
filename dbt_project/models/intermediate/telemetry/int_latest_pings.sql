{{ config(indexes=[{'columns': ['scooter_id'], 'unique': true}]) }}

with

newest as (

    select * from {{ ref('int_newest_marks') }}

),

located as (

    select * from {{ ref('int_points_located') }}
    where point_kind = 'ping'

),

final as (

    select
        newest.scooter_id,
        newest.city_id,
        located.parking_id,
        newest.latitude,
        newest.longitude,
        newest.x_m,
        newest.y_m,
        newest.hdop,
        newest.battery_pct,
        located.distance_m as parking_distance_m,
        newest.reported_at as last_reported_at
    from newest
    left join located on newest.ping_id = located.point_id

)

select * from final
