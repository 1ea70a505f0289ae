{#
    Fingerprint of some columns of a row, NULLs included, as a big integer; sums of it tell whether
    a set of rows is the one it was. Without the cost of writing each value out as text.
#}
{% macro row_hash(columns) -%}
    hash_record_extended(row({{ columns | join(', ') }}), 0)
{%- endmacro %}
