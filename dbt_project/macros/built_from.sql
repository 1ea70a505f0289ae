{#
    What the rows of a day are built from: its input, and the SQL of the model and of all models and
    seeds above it, so that an edited rule builds the table anew. An edited macro or var does not
    show here: it asks for a full refresh.
#}
{% macro built_from(days, model_id=none) -%}
    '{{ code_fingerprint(model_id or model.unique_id) }}|' || {{ days }}.fingerprint
{%- endmacro %}

{% macro code_fingerprint(model_id) -%}
    {%- set seen = [] -%}
    {#- A unit test knows no graph. -#}
    {%- if execute and graph.nodes is defined and model_id in graph.nodes -%}
        {%- do seen.append(model_id) -%}
        {#- The list grows while it is walked. -#}
        {%- for node_id in seen -%}
            {%- for parent_id in graph.nodes[node_id].depends_on.nodes or [] -%}
                {%- if parent_id in graph.nodes and parent_id not in seen -%}
                    {%- do seen.append(parent_id) -%}
                {%- endif -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
    {%- set checksums = [] -%}
    {%- for node_id in seen | sort -%}
        {%- do checksums.append(graph.nodes[node_id].checksum.checksum) -%}
    {%- endfor -%}
    {{ local_md5(checksums | join)[:8] }}
{%- endmacro %}
