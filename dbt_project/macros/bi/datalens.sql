{#
    Geometry as DataLens reads it: latitude first, where GeoJSON has longitude first.
    A point is `[lat,lon]`; a polygon is a list of rings `[[[lat,lon],...]]`.
#}
{% macro datalens_point(latitude, longitude) -%}
    {#- Six decimals are 0.1 m. -#}
    '[' || trim_scale(round(cast({{ latitude }} as numeric), 6))
    || ',' || trim_scale(round(cast({{ longitude }} as numeric), 6)) || ']'
{%- endmacro %}

{% macro datalens_polygon(geojson) -%}
    {{ return(adapter.dispatch('datalens_polygon')(geojson)) }}
{%- endmacro %}

{% macro default__datalens_polygon(geojson) -%}
    (
        select
            '[['
            || string_agg(
                '[' || (corner.value ->> 1) || ',' || (corner.value ->> 0) || ']',
                ',' order by corner.ordinality
            )
            || ']]'
        from
            json_array_elements(cast({{ geojson }} as json) -> 'coordinates' -> 0)
            with ordinality as corner
    )
{%- endmacro %}
