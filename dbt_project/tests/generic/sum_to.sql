{% test sum_to(model, parts, total, tolerance=0.01, newest=none) %}

select *
from {{ model }}
where
    abs(coalesce({{ parts | join(', 0) + coalesce(') }}, 0) - {{ total }}) > {{ tolerance }}
    and {{ newest_rows(model, newest) }}

{% endtest %}
