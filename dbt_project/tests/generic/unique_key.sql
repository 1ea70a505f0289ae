{% test unique_key(model, columns, newest=none) %}

select {{ columns | join(', ') }}
from {{ model }}
where {{ newest_rows(model, newest) }}
group by {{ columns | join(', ') }}
having count(*) > 1

{% endtest %}
