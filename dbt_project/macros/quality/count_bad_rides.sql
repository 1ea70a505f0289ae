{# A check of the data quality that counts the recent rides of each city with a flag. #}
{% macro count_bad_rides(check_name, flag, detail_en) -%}
with

cities as (

    select * from {{ ref('dim_cities') }}

),

rides as (

    select * from {{ ref('int_rides_checked') }}

),

final as (

    select
        cities.city_id,
        '{{ check_name }}' as check_name,
        'warning' as severity,
        cast(count(rides.ride_id) filter (where rides.{{ flag }}) as integer) as failed_count,
        '{{ detail_en }}' as detail_en
    from cities
    left join rides on cities.city_id = rides.city_id
    group by cities.city_id

)

select * from final
{%- endmacro %}
