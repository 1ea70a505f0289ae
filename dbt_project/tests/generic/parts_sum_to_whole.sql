{% test parts_sum_to_whole(model, partition_by, starts, ends) %}

select {{ partition_by }}
from {{ model }}
group by {{ partition_by }}
having sum({{ ends }} - {{ starts }}) <> max({{ ends }}) - min({{ starts }})

{% endtest %}
