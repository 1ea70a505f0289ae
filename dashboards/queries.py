"""What the pages read: schema `bi`, one statement a frame, every one of one city."""

IS_BUILT = "select to_regclass('bi.bi_cities') is not null as is_built"

CITIES = """
select
    city_id, name_en, timezone, currency, as_of_at, is_stale, stale_reason, scooter_count,
    available_count, on_trip_count, low_battery_count, out_of_service_count, in_van_count,
    lost_count, data_source
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

DEMAND_HOURS = """
select hour_at, actual_count, forecast_count, lower_count, upper_count
from bi.bi_demand_forecasts
where city_id = %(city_id)s
    and hour_at >= %(from_at)s
order by hour_at
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
    suggestion_rank, latitude, longitude, zone_geojson, event_count, event_share,
    nearest_parking_m, capacity_count
from bi.bi_parking_suggestions
where city_id = %(city_id)s
order by suggestion_rank
limit 15
"""

OPEN_TASKS = """
select
    task_label_en, coalesce(parking_name, scooter_code) as subject, reason_en, expected_value,
    opened_at
from bi.bi_tasks
where city_id = %(city_id)s
    and is_open
order by expected_value desc nulls last, opened_at
"""

#: What the page of one city reads, in this order.
OF_A_CITY = (CITY_DAYS, DEMAND_HOURS, PARKINGS, SUGGESTIONS, OPEN_TASKS)
