"""What each field of schema bi is to a BI tool, by its name and type."""

import re
from typing import Any

from tests.dbt_project.project import MODELS_FOLDER, described_models, sql_files
from warehouse.settings import PROJECT_ROOT

#: The columns of the table in docs/bi.md, in their order.
KINDS = (
    *("dimension", "measure to sum", "measure not to sum", "local time", "UTC time"),
    *("geopoint", "polygon", "coordinate"),
)
_GEOMETRY = {
    **{"datalens_point": "geopoint", "datalens_polygon": "polygon", "zone_geojson": "polygon"},
    **{"latitude": "coordinate", "longitude": "coordinate"},
}
_TYPES = {
    **{"timestamp": "local time", "timestamptz": "UTC time"},
    **{"text": "dimension", "boolean": "dimension", "date": "dimension"},
}
_TIMES = {"hour_at", "service_date", "week_date"}
_NUMBERED = re.compile(r"hour_of_|^version$|_rank$|^rank_in_|^horizon_h$")
#: Ratios, counts of different things, bounds and standings: the sum of two means nothing.
_NOT_SUMMED = re.compile(
    r"_share$|(?<!used)_pct$|^average_|_per_|^rider_count$|_scooters$|^(lower|upper)_|^nearest_|^radius_"
    r"|^priority$|_to_(claimed|done|verified)_min$|_rate$|_score|^ranked_count$|^previous_week_count$|_gap_count$"
)
#: What a place or a fleet holds adds up over places, not over hours and days.
_NOT_SUMMED_OVER_TIME = re.compile(
    r"^(planned_)?(minimum|maximum|capacity|target)_|^planned_count$"
    r"|^(scooter|deployed|silent|lost|low_battery|out_of_service|unridden|long_idle)_count$"
)


def kind_of(column: dict[str, Any], *, has_times: bool = False) -> str:
    """What a column is to a BI tool, one of `KINDS`, where a row is of an hour or a day or not."""
    name, data_type = column["name"], column["data_type"]
    if name in _GEOMETRY:
        return _GEOMETRY[name]
    if data_type in _TYPES:
        return _TYPES[data_type]
    if _NUMBERED.search(name):
        return "dimension"
    if has_times and _NOT_SUMMED_OVER_TIME.search(name):
        return "measure not to sum"
    return "measure not to sum" if _NOT_SUMMED.search(name) else "measure to sum"


def bi_models() -> list[str]:
    """Names of all models of schemas bi and bi_public."""
    return [name for name, path in sql_files().items() if (MODELS_FOLDER / "bi") in path.parents]


def rows_of(name: str) -> list[str]:
    """The lines of docs/bi.md about one model."""
    by_kind: dict[str, list[str]] = {kind: [] for kind in KINDS}
    columns = described_models()[name]["columns"]
    has_times = any(column["name"] in _TIMES for column in columns)
    for column in columns:
        by_kind[kind_of(column, has_times=has_times)].append(f"`{column['name']}`")
    return [
        f"| `{name}` | {kind} | {', '.join(fields)} |" for kind, fields in by_kind.items() if fields
    ]


def documented() -> list[str]:
    """The lines of the table in docs/bi.md."""
    page = (PROJECT_ROOT / "docs" / "bi.md").read_text()
    return [line for line in page.splitlines() if line.startswith("| `bi_")]
