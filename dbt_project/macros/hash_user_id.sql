{#
    A user id that cannot be traced back: SHA-256 over the id between two copies of the secret key.
    The key stands on both sides so that nobody can extend a known hash. Core Postgres only.
#}
{% macro hash_user_id(column) -%}
    {%- set key = env_var('MOOW_DBT_USER_HASH_KEY', 'development') | replace("'", "''") -%}
    encode(
        sha256(convert_to('{{ key }}:' || {{ column }}::text || ':{{ key }}', 'UTF8')), 'hex'
    )
{%- endmacro %}
