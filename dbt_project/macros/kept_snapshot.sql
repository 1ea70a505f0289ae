{# A snapshot as the last run left it; none before the first. #}
{% macro kept_snapshot(name) -%}
    {#- A unit test knows no graph. -#}
    {%- set node_id = 'snapshot.' ~ model.package_name ~ '.' ~ name -%}
    {%- if execute and graph.nodes is defined and node_id in graph.nodes -%}
        {%- set node = graph.nodes[node_id] -%}
        {{ return(adapter.get_relation(node.database, node.schema, node.alias)) }}
    {%- endif -%}
    {{ return(none) }}
{%- endmacro %}
