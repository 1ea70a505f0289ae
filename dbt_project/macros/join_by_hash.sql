{#
    For the transaction of one model, let the planner join by hash alone: it cannot know how many
    days are missing, takes them for one or two, and would then read all changes anew for each of a
    whole year of days. Where the model stands and but a few of its days are missing, it is right,
    and the way through the indexes is open.
#}
{% macro join_by_hash(relation=none, days=none, cities=none, date='utc_date') %}
    {%- if days is not none and is_incremental() %}
    select
        set_config('enable_nestloop', planned.ways, true),
        set_config('enable_mergejoin', planned.ways, true)
    from (
        select
            case when 10 * count(*) > (select count(*) from {{ days }}) then 'off' else 'on' end
                as ways
        from (
            {{ missing_days(relation, days, cities, date) }}
        ) as missing_days
    ) as planned
    {%- else -%}
    select
        set_config('enable_nestloop', 'off', true),
        set_config('enable_mergejoin', 'off', true)
    {%- endif -%}
{% endmacro %}
