{# Day of a time in UTC, the unit in which incremental models are worked anew; and its beginning. #}
{% macro utc_date(time) %}cast(({{ time }}) at time zone 'UTC' as date){% endmacro %}
{% macro utc_midnight(date) %}(cast({{ date }} as timestamp) at time zone 'UTC'){% endmacro %}
