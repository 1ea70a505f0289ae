{# The first hour of pings that is still compared with what was kept: whole hours only. #}
{% macro ping_lookback_start(as_of_at) -%}
    {{ dbt.date_trunc('hour', as_of_at) }} - interval '{{ var("ping_lookback_days") }} days'
{%- endmacro %}
