{% test no_overlaps(model, partition_by, starts, ends) %}

with

neighbours as (

    select
        {{ partition_by }},
        {{ ends }} as ends_at,
        lead({{ starts }}) over (partition by {{ partition_by }} order by {{ starts }}, {{ ends }})
            as next_starts_at
    from {{ model }}

)

select *
from neighbours
where next_starts_at < ends_at

{% endtest %}
