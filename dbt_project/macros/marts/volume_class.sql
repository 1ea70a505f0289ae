{#
    How busy a series is by its mean departures an hour: low, medium or high. Without any known
    hour it is low, as where the forecasts are chosen (ml/forecast_fit.py).
#}
{% macro volume_class(mean_count, bounds) -%}
    case
        when {{ mean_count }} > {{ bounds[1] }} then 'high'
        when {{ mean_count }} > {{ bounds[0] }} then 'medium'
        else 'low'
    end
{%- endmacro %}

{#- Whether an hour is one of those that tell how busy a series is: the last days to the clock. -#}
{% macro tells_volume(hour_at, as_of_at) -%}
    (
        {{ hour_at }} >= {{ as_of_at }} - interval '{{ var("volume_days") }} days'
        and {{ hour_at }} < {{ as_of_at }}
    )
{%- endmacro %}
