{#
    Take from the kept marks, a city at a time, all from the first hour that is out of date, so
    that the model can go on after the last hour that is left. Out of date: an hour whose pings
    changed, one past the clock (it was set back), and the newest one. Six hours more, because a
    ping is confirmed by the one after it within six hours. When the settings that judge pings, or
    the SQL, changed, that is all hours of which there are pings still: marks of pings that were
    forgotten stay as they were.
#}
{% macro forget_ping_marks(marks, ping_hours, cities, pings_known) %}
    {% if is_incremental() %}
    with

    kept as (

        select distinct
            city_id,
            hour_at,
            hour_fingerprint,
            rules_fingerprint
        from {{ marks }}

    ),

    judged_otherwise as (

        select
            kept.city_id,
            min(kept.hour_at) as hour_at
        from kept
        inner join {{ cities }} as cities on kept.city_id = cities.city_id
        where kept.rules_fingerprint is distinct from {{ ping_rules('cities') }}
        group by kept.city_id

    ),

    out_of_date as (

        select
            kept.city_id,
            kept.hour_at
        from kept
        inner join {{ cities }} as cities on kept.city_id = cities.city_id
        left join {{ ping_hours }} as ping_hours
            on
                kept.city_id = ping_hours.city_id
                and kept.hour_at = ping_hours.hour_at
        where
            kept.hour_at >= {{ ping_lookback_start('cities.as_of_at') }}
            and kept.hour_fingerprint is distinct from ping_hours.fingerprint

        union all

        select
            ping_hours.city_id,
            ping_hours.hour_at
        from {{ ping_hours }} as ping_hours
        left join kept
            on
                ping_hours.city_id = kept.city_id
                and ping_hours.hour_at = kept.hour_at
        where kept.city_id is null

        union all

        select
            city_id,
            max(hour_at) as hour_at
        from kept
        group by city_id

        union all

        select
            judged_otherwise.city_id,
            greatest(judged_otherwise.hour_at, known.hour_at) + interval '6 hours' as hour_at
        from judged_otherwise
        -- Read for such a city only.
        inner join lateral (
            select min(hour_at) as hour_at
            from {{ pings_known }} as pings_known
            where pings_known.city_id = judged_otherwise.city_id
        ) as known on known.hour_at is not null

    ),

    starts as (

        select
            city_id,
            min(hour_at) - interval '6 hours' as hour_at
        from out_of_date
        group by city_id

    )

    delete from {{ marks }} as marks
    using starts
    where
        marks.city_id = starts.city_id
        and marks.hour_at >= starts.hour_at
    {% endif %}
{% endmacro %}
