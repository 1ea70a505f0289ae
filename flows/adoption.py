"""Suggested parkings become parkings."""

from prefect import flow

import ml.models
from flows import clocks
from flows.run import Run, open_run
from flows.steps import build_marts, prepare_tables, run_models, set_clocks
from warehouse.connection import Connection

_NUMBER = """
select count(*) as number from ops.adopted_parkings where city_id = %(city)s
"""

# Numbered on from those adopted before, in the order of their rank.
_ADOPT = """
insert into ops.adopted_parkings
select
    %(city)s || ':' || numbered.code,
    %(city)s, numbered.code, 'Parking ' || numbered.code,
    latitude, longitude, x_m, y_m, zone_geojson, zone_polygon_m, area_m2,
    capacity_count, %(now)s
from (
    select
        *,
        'A' || lpad((%(number)s + row_number() over (order by rank))::text, 3, '0') as code
    from ml.parking_suggestions
    where city_id = %(city)s
) as numbered
order by rank
limit greatest(%(count)s - %(number)s, 0)
"""

_HAS_CLOCK = """
select 1 from ops.city_clocks where city_id = %(city)s
"""


@flow(name="adopt parkings")
def adopt_parkings(city: str, count: int) -> int:
    """Build the marts of what is loaded, suggest parkings and adopt the best; how many.

    The suggestions are made anew first, so one that was adopted is not adopted twice; and `count`
    bounds all that were ever adopted in the city, so that repeating the command adds nothing. The
    clock of a city that has one stays.
    """
    with open_run("adopt parkings", [city], None) as run:
        prepare_tables(run)
        if not run.warehouse.fetch(_HAS_CLOCK, {"city": city}):
            set_clocks(run)
        build_marts(run, "warehouse")
        suggestions = [m for m in ml.models.NIGHTLY if m.writes == "ml.parking_suggestions"]
        run_models(run, city, suggestions)
        with run.warehouse.transaction() as connection:
            return _adopt(connection, run, city, count)


def _adopt(connection: Connection, run: Run, city: str, count: int) -> int:
    number = connection.execute(_NUMBER, {"city": city}).fetchone()
    values = {
        "city": city,
        "count": count,
        "number": number["number"] if number else 0,
        "now": clocks.clock_of(run.warehouse, city),
    }
    return connection.execute(_ADOPT, values).rowcount
