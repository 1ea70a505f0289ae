{# The present for snapshots, with its zone, as all our times have; dbt's own drops the zone. #}
{% macro postgres__snapshot_get_time() -%}
    now()
{%- endmacro %}
