{# A schema is called what the model's folder says, prefixed by the variable schema_prefix. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- set name = (custom_schema_name or target.schema) | trim -%}
    {{ var('schema_prefix', '') ~ name }}
{%- endmacro %}
