{#
    A hash of the versions that were in force on each day of each city, as far as they are within the
    day: a version that begins or ends changes no day before. `columns` are those that matter.
#}
{% macro versions_within_days(
    days, versions, columns, valid_from='valid_from_at', valid_until='valid_until_at'
) %}
    {%- set begins_at = utc_midnight('days.utc_date') -%}
    {%- set ends_at = utc_midnight('days.utc_date + 1') -%}
    {%- set hashed = [
        'greatest(versions.' ~ valid_from ~ ', ' ~ begins_at ~ ')',
        'least(versions.' ~ valid_until ~ ', ' ~ ends_at ~ ')',
    ] -%}
    {%- for column in columns -%}
        {%- do hashed.append('versions.' ~ column) -%}
    {%- endfor -%}
    select
        days.city_id,
        days.utc_date,
        sum({{ row_hash(hashed) }}) as versions_hash
    from {{ days }} as days
    inner join {{ versions }} as versions
        on
            days.city_id = versions.city_id
            and {{ begins_at }} < versions.{{ valid_until }}
            and {{ ends_at }} > versions.{{ valid_from }}
    group by days.city_id, days.utc_date
{%- endmacro %}
