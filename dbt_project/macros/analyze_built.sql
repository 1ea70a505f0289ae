{#
    Without statistics the planner takes a new table for nearly empty and joins it row by row. One
    that an hour adds a little to keeps those it has until a fiftieth of it is other rows.
#}
{% macro analyze_built() %}
{%- if model.config.materialized == 'incremental' and is_incremental() -%}
    do $$
    begin
        if exists (
            select 1
            from pg_stat_user_tables as before
            -- What the model itself has done is not told there before it is committed.
            inner join pg_stat_xact_user_tables as now on before.relid = now.relid
            where
                before.relid = '{{ this }}'::regclass
                and 50 * (before.n_mod_since_analyze + now.n_tup_ins + now.n_tup_del)
                >= before.n_live_tup
        ) then
            analyze {{ this }};
        end if;
    end
    $$
{%- elif model.config.materialized in ('table', 'incremental') -%}
    analyze {{ this }}
{%- endif -%}
{% endmacro %}
