"""What the models suggest, in the planners' own words: suggested counts and parkings."""

import polars as pl

import extract.planning.results
from extract.planning.worksheets import SUGGESTIONS, TARGETS
from warehouse.connection import Warehouse
from warehouse.errors import WarehouseError
from warehouse.settings import Settings

# The shape of the sheet `parkings`, so that rows can be copied there. Within a part of the day the
# hours differ: the target is their mean, the bounds hold at every hour.
_TARGETS = """
select
    targets.city_id as city,
    parkings.parking_code,
    hours.day_part,
    min(targets.minimum_count) as minimum_count,
    cast(round(avg(targets.target_count)) as integer) as target_count,
    max(targets.maximum_count) as maximum_count,
    parkings.name as parking_name,
    round(cast(avg(targets.expected_departures) as numeric), 2) as departures_per_hour,
    case when bool_or(targets.origin = 'planning') then 'planning' else 'model' end as origin,
    to_char(clocks.as_of_at at time zone cities.timezone, 'YYYY-MM-DD HH24:MI') as computed_local_at
from ml.parking_targets as targets
inner join marts.dim_parkings as parkings on targets.parking_id = parkings.parking_id
inner join marts.dim_cities as cities on targets.city_id = cities.city_id
inner join ops.city_clocks as clocks on targets.city_id = clocks.city_id
inner join intermediate.int_hours as hours
    on targets.city_id = hours.city_id and targets.hour_at = hours.hour_at
group by
    targets.city_id, parkings.parking_code, hours.day_part, parkings.name, clocks.as_of_at,
    cities.timezone
order by
    city, parking_code,
    array_position(array['morning', 'afternoon', 'evening', 'night'], hours.day_part)
"""

_PARKINGS = """
select
    city_id as city,
    rank,
    suggestion_id,
    round(cast(latitude as numeric), 6) as latitude,
    round(cast(longitude as numeric), 6) as longitude,
    capacity_count,
    event_count,
    round(cast(100 * share as numeric), 1) as share_pct,
    cast(round(nearest_parking_m) as integer) as nearest_parking_m,
    zone_geojson
from ml.parking_suggestions
order by city, rank
"""


def publish_suggestions(settings: Settings, warehouse: Warehouse) -> list[str]:
    """Write the suggested targets and parkings beside the planning sheets.

    Returns
    -------
    list of str
        A sentence a worksheet. A warehouse without suggestions writes headers alone.

    Raises
    ------
    SourceError
        When the spreadsheet or the folder cannot be written.
    WarehouseError
        When the marts were never built.
    """
    made = warehouse.fetch(
        "select to_regclass('ml.parking_targets') is not null and"
        " to_regclass('marts.dim_parkings') is not null as there"
    )
    if not made[0]["there"]:
        raise WarehouseError("there is nothing to publish yet; moow run makes it")
    frames: dict[str, pl.DataFrame] = {
        TARGETS: warehouse.read(_TARGETS),
        SUGGESTIONS: warehouse.read(_PARKINGS),
    }
    return extract.planning.results.write_results(settings, frames)
