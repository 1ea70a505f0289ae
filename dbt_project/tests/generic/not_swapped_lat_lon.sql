{% test not_swapped_lat_lon(
    model, cities, latitude='latitude', longitude='longitude', newest=none
) %}

with

places as (

    select
        city_id,
        {{ latitude }} as latitude,
        {{ longitude }} as longitude
    from {{ model }}
    where {{ newest_rows(model, newest) }}

),

cities as (

    select
        city_id,
        depot_latitude,
        depot_longitude
    from {{ cities }}

)

select places.*
from places
inner join cities on places.city_id = cities.city_id
where
    abs(places.longitude - cities.depot_latitude) + abs(places.latitude - cities.depot_longitude)
    < abs(places.latitude - cities.depot_latitude) + abs(places.longitude - cities.depot_longitude)

{% endtest %}
