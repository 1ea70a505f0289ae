"""From the bytes of a file or an answer to GBFS documents, whatever the dialect.

A document may lack its envelope (a bare object or list), a file may hold several, and a feed of
vehicles may come as GeoJSON. Which feed it is, its name says, else its content.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from extract.gbfs.values import first, moment, text
from extract.json_text import json_text

#: Feeds that are read, by the names of 2.x and 3.0; the longest name first.
_NAMES = {
    "system_information": "system_information",
    "station_information": "station_information",
    "system_pricing_plans": "system_pricing_plans",
    "geofencing_zones": "geofencing_zones",
    "free_bike_status": "vehicle_status",
    "vehicle_status": "vehicle_status",
    "station_status": "station_status",
    "vehicle_types": "vehicle_types",
}
#: What a feed's rows are called within ``data``.
_ROWS = {
    "vehicles": "vehicle_status",
    "bikes": "vehicle_status",
    "vehicle_types": "vehicle_types",
    "plans": "system_pricing_plans",
    "geofencing_zones": "geofencing_zones",
    "features": "geofencing_zones",
    "stations": "station_information",
}
#: What a feed's rows call their id.
_IDS = {
    "vehicle_status": ("vehicle_id", "bike_id", "id"),
    "station_status": ("station_id",),
    "station_information": ("station_id",),
    "vehicle_types": ("vehicle_type_id",),
    "system_pricing_plans": ("plan_id",),
    "geofencing_zones": ("zone_id", "id"),
    "system_information": ("system_id",),
}
FEEDS = tuple(dict.fromkeys(_NAMES.values()))
#: Feeds of the standard that nothing here needs.
_IGNORED_NAMES = (
    *("gbfs_versions", "gbfs", "manifest", "system_alerts", "system_regions", "system_hours"),
    *("system_calendar", "vehicle_availability"),
)
_IGNORED_KEYS = {"feeds", "alerts", "regions", "versions", "datasets", "calendars", "rental_hours"}
_TIME = re.compile(
    r"(20\d\d)-?(\d\d)-?(\d\d)[T_ -]?([01]\d|2[0-3])[-_:]?([0-5]\d)[-_:]?([0-5]\d)|(1[4-9]\d{8})"
)


@dataclass(frozen=True)
class Document:
    """One document of a feed.

    Attributes
    ----------
    feed
        One of `FEEDS`.
    observed_at
        When it was so, UTC: what the document says, else the file's name, else its rows.
    version
        Of the standard, where it says so.
    rows
        Of ``system_information`` one row, else one a vehicle, station, type, plan or zone.
    global_rules
        Of ``geofencing_zones``, what holds outside all zones.
    others
        Rows of other states that the same file gives for the same time: nothing says which of
        them was first, so only `rows` counts.
    """

    feed: str
    observed_at: datetime | None
    version: str | None
    rows: list[Any]
    global_rules: list[Any] = field(default_factory=list)
    others: list[Any] = field(default_factory=list)

    def digest(self) -> str:
        """Return the same text for the same state, in whatever order its rows are."""
        rows = sorted(json_text(row, sort_keys=True) for row in self.rows)
        rules = json_text(self.global_rules, sort_keys=True)
        return hashlib.sha256("\n".join([*rows, rules]).encode()).hexdigest()[:16]

    def ids(self) -> set[str]:
        """Return what its rows call themselves."""
        names = _IDS[self.feed]
        rows = [row for row in self.rows if isinstance(row, dict)]
        # A feature of GeoJSON may have its id outside.
        inner = [row["properties"] for row in rows if isinstance(row.get("properties"), dict)]
        found = [first(row, *names) for row in [*rows, *inner]]
        return {json_text(name) for name in found if name is not None}


def read_documents(content: bytes, name: str) -> tuple[list[Document], list[str]]:
    """Read all documents of a file; the second part says what cannot be read, a clause each.

    Documents of one feed and one time are one document: its pieces, or copies of it. One that
    names a vehicle, station or other thing again and is no copy is another state, and its rows
    are the `Document.others`.
    """
    faults: list[str] = []
    read: dict[tuple[str, datetime | None], list[Document]] = {}
    for value in _values(content, faults):
        document = _document(value, name)
        if isinstance(document, str):
            faults.append(document)
        elif document is not None:
            read.setdefault((document.feed, document.observed_at), []).append(document)
    return [_united(documents) for documents in read.values()], faults


def _united(documents: list[Document]) -> Document:
    """Put together what a file gives for one feed and time."""
    united = documents[0]
    if len(documents) == 1:
        return united
    ids, digests = united.ids(), {united.digest()}
    for document in documents[1:]:
        digest, names = document.digest(), document.ids()
        if digest in digests:
            continue
        digests.add(digest)
        if names & ids or document.feed == "system_information":
            united = replace(united, others=united.others + document.rows)
        else:
            ids |= names
            rules = [rule for rule in document.global_rules if rule not in united.global_rules]
            rows = united.rows + document.rows
            united = replace(united, rows=rows, global_rules=united.global_rules + rules)
    return united


def _values(content: bytes, faults: list[str]) -> Iterator[Any]:
    """Give the JSON values that stand one after the other."""
    try:
        plain = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
        read = plain.decode("utf-8-sig")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        faults.append(f"no text ({error})")
        return
    decoder = json.JSONDecoder()
    position = _skip(read, 0)
    if position == len(read):
        faults.append("empty")
    while position < len(read):
        try:
            value, position = decoder.raw_decode(read, position)
        except (ValueError, RecursionError) as error:
            faults.append(f"no JSON from character {position} on ({type(error).__name__})")
            return
        yield value
        position = _skip(read, position)


def _skip(text: str, position: int) -> int:
    while position < len(text) and text[position] in " \t\r\n,\x1e":
        position += 1
    return position


def _document(value: Any, name: str) -> Document | str | None:
    """Return the document; None when it is of no interest, a clause when it is unknown."""
    envelope = value if isinstance(value, dict) else {}
    data = envelope.get("data", value)
    feed = _feed(data, name)
    if feed is None:
        return "no feed of GBFS is recognised in it"
    if feed == "":
        return None
    rows = _rows(feed, data)
    if rows is None:
        return f"no rows of {feed} in it"
    observed_at = moment(envelope.get("last_updated")) or time_in_name(name) or _newest(rows)
    rules = data.get("global_rules") if isinstance(data, dict) else None
    return Document(
        feed,
        observed_at,
        text(envelope.get("version")),
        rows,
        rules if isinstance(rules, list) else [],
    )


def _feed(data: Any, name: str) -> str | None:
    """Return the feed; empty when the standard knows it and nothing here needs it."""
    stem = name.rsplit("/", 1)[-1].lower()
    for known, feed in _NAMES.items():
        if known in stem:
            return feed
    if any(re.match(rf"{ignored}\b", stem) for ignored in _IGNORED_NAMES):
        return ""
    if isinstance(data, dict):
        if _IGNORED_KEYS & set(data) or any(
            isinstance(part, dict) and "feeds" in part for part in data.values()
        ):
            return ""
        if "system_id" in data:
            return "system_information"
        key = next((key for key in _ROWS if key in data), None)
        return None if key is None else _by_rows(_listed(data[key]), _ROWS[key])
    return _by_rows(data, None) if isinstance(data, list) else None


def _by_rows(rows: Any, otherwise: str | None) -> str | None:
    """Tell the feed by what its first row says."""
    row = next((row for row in rows or [] if isinstance(row, dict)), None)
    if row is None:
        return otherwise
    properties = row.get("properties")
    keys = set(row) | set(properties if isinstance(properties, dict) else {})
    if keys & {"bike_id", "vehicle_id"}:
        return "vehicle_status"
    if "station_id" in keys:
        is_status = any(key.startswith("num_") for key in keys) or "is_renting" in keys
        return "station_status" if is_status else "station_information"
    if "plan_id" in keys:
        return "system_pricing_plans"
    if "form_factor" in keys:
        return "vehicle_types"
    return otherwise or ("vehicle_status" if keys & {"lat", "latitude"} else None)


def _rows(feed: str, data: Any) -> list[Any] | None:
    if feed == "system_information":
        return [data] if isinstance(data, dict) else None
    if isinstance(data, list):
        return data
    if not isinstance(data, dict):
        return None
    for key in _ROWS:
        if key in data:
            return _listed(data[key])
    return None


def _listed(rows: Any) -> list[Any] | None:
    """Return rows, those of a GeoJSON collection too."""
    if isinstance(rows, dict):
        rows = rows.get("features")
    return rows if isinstance(rows, list) else None


def time_in_name(name: str) -> datetime | None:
    """Return the time that a file's name says, UTC; None when it says none."""
    found = _TIME.search(name.rsplit("/", 1)[-1])
    if found is None:
        return None
    if found[7]:
        return moment(int(found[7]))
    date, clock = "-".join(found.group(1, 2, 3)), ":".join(found.group(4, 5, 6))
    return moment(f"{date}T{clock}+00:00")


def _newest(rows: list[Any]) -> datetime | None:
    times = []
    for row in rows:
        if isinstance(row, dict):
            inner = row.get("properties")
            both = {**row, **inner} if isinstance(inner, dict) else row
            times.append(moment(both.get("last_reported")))
    return max((time for time in times if time is not None), default=None)
