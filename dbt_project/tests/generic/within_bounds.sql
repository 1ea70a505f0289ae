{% test within_bounds(model, column_name, at_least=none, at_most=none, newest=none) %}

{#- Sums of fractions carry dust. -#}
{%- set dust = 0.000001 -%}

select *
from {{ model }}
where
    (
        false
        {%- if at_least is not none %}
        or {{ column_name }} < {{ at_least }} - {{ dust }}
        {%- endif %}
        {%- if at_most is not none %}
        or {{ column_name }} > {{ at_most }} + {{ dust }}
        {%- endif %}
    )
    and {{ newest_rows(model, newest) }}

{% endtest %}
