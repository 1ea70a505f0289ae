{% test within_bounds(model, column_name, at_least=none, at_most=none, newest=none) %}

{#- Sums of fractions carry dust. -#}
{%- set dust = 0.000001 -%}
{%- set broken = ['false'] -%}
{%- if at_least is not none -%}
    {%- do broken.append(column_name ~ ' < ' ~ at_least ~ ' - ' ~ dust) -%}
{%- endif -%}
{%- if at_most is not none -%}
    {%- do broken.append(column_name ~ ' > ' ~ at_most ~ ' + ' ~ dust) -%}
{%- endif -%}

select *
from {{ model }}
where
    ({{ broken | join(' or ') }})
    and {{ newest_rows(model, newest) }}

{% endtest %}
