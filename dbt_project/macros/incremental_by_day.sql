{#
    The configuration of a model that is worked by city and day: days whose input changed are taken
    out and added anew (see forget_changed_days), so that a run equals a full refresh. `days` names
    the model that gives each day a fingerprint of its input, `date` the column of the day, `indexes`
    those beside the one on the days; where they are none, the properties name them all.
#}
{% macro incremental_by_day(
    days, indexes=none, on_schema_change='sync_all_columns', date='utc_date'
) %}
    {%- do ref(days) -%}
    {%- do ref('int_cities') -%}
    {%- set arguments = "this, ref('" ~ days ~ "'), ref('int_cities'), '" ~ date ~ "'" -%}
    {%- set options = {
        'materialized': 'incremental',
        'incremental_strategy': 'append',
        'on_schema_change': on_schema_change,
        'meta': {'worked_by': date},
        'pre_hook': [
            '{{ forget_changed_days(' ~ arguments ~ ') }}',
            '{{ join_by_hash(' ~ arguments ~ ') }}',
        ],
        'post_hook': '{{ mark_empty_days(' ~ arguments ~ ') }}',
    } -%}
    {%- if indexes is not none -%}
        {%- do options.update(indexes=indexes + [{'columns': ['city_id', date]}]) -%}
    {%- endif -%}
    {{ config(**options) }}
{%- endmacro %}
