{#
    For the transaction of one model, let the planner group by hash where it can: the conditions that
    it cannot weigh make it take all rides for a few, and it would sort them.
#}
{% macro group_by_hash() -%}
    select set_config('enable_sort', 'off', true)
{%- endmacro %}
