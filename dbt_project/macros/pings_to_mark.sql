{#
    The pings that int_ping_marks has to look at: all of them when it is built from scratch, else
    those after the last hour it kept, and before them the newest kept ping of each scooter
    (is_new false): what they are compared with.
#}
{% macro pings_to_mark(marks, pings_known) %}
    {%- if is_incremental() %}
    select
        pings_known.*,
        true as is_new
    from {{ pings_known }} as pings_known
    left join (
        select
            city_id,
            max(hour_at) + interval '1 hour' as next_hour_at
        from {{ marks }}
        group by city_id
    ) as kept on pings_known.city_id = kept.city_id
    where pings_known.reported_at >= coalesce(kept.next_hour_at, '-infinity')

    union all

    {#- The columns of int_pings_known, in its order. #}
    select
        scooter_id,
        city_id,
        latitude,
        longitude,
        x_m,
        y_m,
        hdop,
        battery_pct,
        tolerance_m,
        low_battery_pct,
        silent_hours,
        is_parked,
        hour_at,
        reported_at,
        false as is_new
    from (
        select distinct on (scooter_id) *
        from {{ marks }}
        order by scooter_id, reported_at desc
    ) as newest_kept
    {%- else %}
    select
        *,
        true as is_new
    from {{ pings_known }}
    {%- endif %}
{% endmacro %}
