{# An id of a source that is only unique within its city: `<city>:<id>`, never prefixed twice. #}
{% macro city_scoped_id(column, city='city') -%}
    case
        when starts_with({{ column }}, {{ city }} || ':') then {{ column }}
        else {{ city }} || ':' || {{ column }}
    end
{%- endmacro %}
