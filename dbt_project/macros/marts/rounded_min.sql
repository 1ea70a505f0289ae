{#
    A sum of minutes without the dust that adding fractions leaves, so that a whole hour is 60 and
    the sum does not depend on the order of the rows; 0 for no rows. Sums that lie between two steps,
    as those of milliseconds do, go up a trifle first: dust would decide otherwise.
#}
{% macro rounded_min(minutes) -%}
    coalesce(round(({{ minutes }}) * 10000 + 0.0001) / 10000, 0)
{%- endmacro %}

{# The same of a sum of durations. #}
{% macro minutes_of(duration) -%}
    cast({{ rounded_min('extract(epoch from ' ~ duration ~ ') / 60') }} as double precision)
{%- endmacro %}
