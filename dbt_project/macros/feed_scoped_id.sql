{# An id of an open feed, which is only unique within its city and feed: `mds:<city>:<id>`. #}
{% macro feed_scoped_id(feed, column, city='city') -%}
    '{{ feed }}:' || {{ city }} || ':' || {{ column }}
{%- endmacro %}
