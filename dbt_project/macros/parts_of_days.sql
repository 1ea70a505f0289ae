{#
    The parts of state intervals in some days, cut at midnight of `timezone`, an expression on the
    days; an interval that ends at midnight has none in the day that begins. Intervals that end
    before the first of the days are not looked at.
#}
{% macro parts_of_days(intervals, days, date='utc_date', timezone="'UTC'") %}
    with

    first_days as (

        select
            city_id,
            min({{ timezone }}) as timezone,
            min(cast({{ date }} as timestamp) at time zone {{ timezone }}) as first_at
        from {{ days }}
        group by city_id

    ),

    midnights as (

        select
            {{ intervals }}.*,
            first_days.timezone,
            local_days.day_at,
            local_days.day_at at time zone first_days.timezone as begins_at,
            (local_days.day_at + interval '1 day') at time zone first_days.timezone as ends_at
        from {{ intervals }}
        inner join first_days
            on
                {{ intervals }}.city_id = first_days.city_id
                and {{ intervals }}.ended_at > first_days.first_at
        cross join
            generate_series(
                date_trunc(
                    'day',
                    greatest({{ intervals }}.started_at, first_days.first_at)
                    at time zone first_days.timezone
                ),
                {{ intervals }}.ended_at at time zone first_days.timezone,
                interval '1 day'
            ) as local_days (day_at)

    ),

    -- Materialized: joined by the city alone, each interval would meet each day.
    cut as materialized (

        select
            scooter_id,
            city_id,
            parking_id,
            state,
            idle_since_at,
            cast(day_at as date) as {{ date }},
            greatest(started_at, begins_at) as started_at,
            least(ended_at, ends_at) as ended_at
        from midnights
        where begins_at < ended_at

    )

    select
        cut.*,
        {{ days }}.day_fingerprint
    from cut
    inner join {{ days }}
        on
            cut.city_id = {{ days }}.city_id
            and cut.{{ date }} = {{ days }}.{{ date }}
{% endmacro %}
