{#
    The configuration of a model that is worked by city and UTC day: days whose input changed are
    taken out and added anew (see forget_changed_days), so that a run equals a full refresh.
    `days` names the model that gives each day a fingerprint of its input.
#}
{% macro incremental_by_day(days, indexes=[], on_schema_change='sync_all_columns') %}
    {%- do ref(days) -%}
    {%- do ref('int_cities') -%}
    {%- set options = {
        'materialized': 'incremental',
        'incremental_strategy': 'append',
        'on_schema_change': on_schema_change,
        'pre_hook': [
            "{{ forget_changed_days(this, ref('" ~ days ~ "'), ref('int_cities')) }}",
            "{{ join_by_hash() }}",
        ],
    } -%}
    {%- if indexes -%}
        {%- do options.update(indexes=indexes + [{'columns': ['city_id', 'utc_date']}]) -%}
    {%- endif -%}
    {{ config(**options) }}
{%- endmacro %}
