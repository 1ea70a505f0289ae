{% test expression_is_true(model, expression, newest=none) %}

select *
from {{ model }}
where
    not ({{ expression }})
    and {{ newest_rows(model, newest) }}

{% endtest %}
