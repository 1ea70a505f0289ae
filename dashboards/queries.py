"""What the pages read: schema `bi`, one statement a frame, every one of one city."""

IS_BUILT = "select to_regclass('bi.bi_cities') is not null as is_built"

CITIES = """
select city_id, name_en, timezone, currency, as_of_at, is_stale, stale_reason
from bi.bi_cities
order by name_en
"""

BUSIEST_CITY = """
select city_id
from bi.bi_city_days
group by city_id
order by sum(ride_count) desc nulls last, city_id
limit 1
"""

CITY_DAYS = """
select
    service_date, ride_count, revenue, deployed_scooters, available_min, deployed_min,
    unmet_search_count
from bi.bi_city_days
where city_id = %(city_id)s
    and service_date >= %(from_date)s
order by service_date
"""

ACTUAL_HOURS = """
select hour_at, sum(departure_count) as actual_count
from bi.bi_parking_hours
where city_id = %(city_id)s
    and hour_at >= %(from_at)s
    and hour_at < %(as_of_at)s
group by hour_at
order by hour_at
"""

# Of all forecasts of an hour the one made last; for hours past it is the last one made before them.
FORECAST_HOURS = """
select distinct on (hour_at) hour_at, issued_at, forecast_count, lower_count, upper_count
from bi.bi_demand_forecasts
where city_id = %(city_id)s
    and hour_at >= %(from_at)s
order by hour_at, issued_at desc
"""

PARKINGS = """
select
    parking_id, parking_code, parking_name, latitude, longitude, zone_geojson, capacity_count,
    target_count, coalesce(available_count, 0) as available_count
from bi.bi_parkings
where city_id = %(city_id)s
    and is_active
order by parking_name
"""

SUGGESTIONS = """
select
    rank, latitude, longitude, zone_geojson, event_count, share, nearest_parking_m,
    capacity_count
from bi.bi_parking_suggestions
where city_id = %(city_id)s
order by rank
limit 15
"""

OPEN_TASKS = """
select task_kind, reason_en, expected_value, opened_at
from bi.bi_tasks
where city_id = %(city_id)s
    and closed_at is null
order by expected_value desc nulls last, opened_at
"""
