"""How long forecasts are kept as they were issued."""

from datetime import datetime, timedelta

from warehouse.connection import Warehouse

# An hour's forecasts by parking are judged for days, not for ever.
_PRUNE_PARKINGS = """
delete from ml.demand_forecasts
where city_id = %(city_id)s
    and issued_at < %(before)s
    and issued_at < (
        select max(issued_at) from ml.demand_forecasts where city_id = %(city_id)s
    )
"""

# Reports set what was last said of an hour, before it began, beside what happened: that stays.
_PRUNE_CITIES = """
with last_said as (
    select hour_at, max(issued_at) as issued_at
    from ml.city_demand_forecasts
    where city_id = %(city_id)s and issued_at <= hour_at
    group by hour_at
)
delete from ml.city_demand_forecasts as forecasts
using last_said
where forecasts.city_id = %(city_id)s
    and forecasts.hour_at = last_said.hour_at
    and forecasts.issued_at < %(before)s
    and forecasts.issued_at < last_said.issued_at
    and forecasts.issued_at < (
        select max(issued_at) from ml.city_demand_forecasts where city_id = %(city_id)s
    )
"""


def prune_forecasts(warehouse: Warehouse, city_id: str, as_of: datetime, days: int) -> int:
    """Delete forecasts of a city issued more than `days` before its clock; how many rows.

    The newest issue stays whatever its age, and of the city's own forecasts what was last said of
    each hour. Repeating it deletes nothing more.
    """
    values = {"city_id": city_id, "before": as_of - timedelta(days=days)}
    with warehouse.transaction() as connection:
        return sum(
            connection.execute(statement, values).rowcount
            for statement in (_PRUNE_PARKINGS, _PRUNE_CITIES)
        )
