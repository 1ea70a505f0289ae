{#
    Without statistics the planner takes a new table for nearly empty and joins it row by row. One
    that an hour adds a little to keeps those it has until a fiftieth of it is other rows.
#}
{% macro analyze_built() %}
{%- if model.config.materialized == 'incremental' and is_incremental() -%}
    do $$
    begin
        if exists (
            select 1 from pg_stat_user_tables
            where
                relid = '{{ this }}'::regclass
                and 50 * n_mod_since_analyze >= n_live_tup
        ) then
            analyze {{ this }};
        end if;
    end
    $$
{%- elif model.config.materialized in ('table', 'incremental') -%}
    analyze {{ this }}
{%- endif -%}
{% endmacro %}
