{# Kind of a local day: a holiday on a Sunday is a holiday. #}
{% macro day_kind(is_holiday, is_workday) -%}
    case when {{ is_holiday }} then 'holiday' when {{ is_workday }} then 'workday' else 'weekend' end
{%- endmacro %}
