{# When a source told something last, for its freshness; a source that is not used is never late. #}
{% macro newest_or_now(relation, column) -%}
    select coalesce(max({{ column }}), current_timestamp) from {{ relation }}
{%- endmacro %}
