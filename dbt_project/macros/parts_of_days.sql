{#
    The parts of state intervals in some UTC days, cut at midnight; an interval that ends at
    midnight has none in the day that begins. Intervals that end before the first of the days are
    not looked at.
#}
{% macro parts_of_days(intervals, days) %}
    with

    first_days as (

        select
            city_id,
            min({{ utc_midnight('utc_date') }}) as first_at
        from {{ days }}
        group by city_id

    ),

    -- Materialized: joined by the city alone, each interval would meet each day.
    cut as materialized (

        select
            {{ intervals }}.scooter_id,
            {{ intervals }}.city_id,
            {{ intervals }}.parking_id,
            {{ intervals }}.state,
            {{ utc_date('midnights.day_at') }} as utc_date,
            greatest({{ intervals }}.started_at, midnights.day_at) as started_at,
            least({{ intervals }}.ended_at, midnights.day_at + interval '1 day') as ended_at
        from {{ intervals }}
        inner join first_days
            on
                {{ intervals }}.city_id = first_days.city_id
                and {{ intervals }}.ended_at > first_days.first_at
        cross join
            generate_series(
                date_trunc('day', greatest({{ intervals }}.started_at, first_days.first_at), 'UTC'),
                {{ intervals }}.ended_at,
                interval '1 day'
            ) as midnights (day_at)
        where midnights.day_at < {{ intervals }}.ended_at

    )

    select
        cut.*,
        {{ days }}.day_fingerprint
    from cut
    inner join {{ days }}
        on
            cut.city_id = {{ days }}.city_id
            and cut.utc_date = {{ days }}.utc_date
{% endmacro %}
