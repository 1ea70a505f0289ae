{% test sum_to(model, parts, total, tolerance=0.01, newest=none) %}

select *
from {{ model }}
where
    abs(
        {%- for part in parts %}
        coalesce({{ part }}, 0) +
        {%- endfor %}
        0 - {{ total }}
    ) > {{ tolerance }}
    and {{ newest_rows(model, newest) }}

{% endtest %}
