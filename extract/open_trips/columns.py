"""Finding the columns of a trip file or a station file by their names.

Names are compared in small letters without spaces and signs, so ``Start Time``, ``start_time``
and ``Starttime`` are one. A mapping given by the user wins over the names found.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from warehouse.errors import SourceError

TRIP_ALIASES: dict[str, tuple[str, ...]] = {
    "trip_id": ("tripid", "rideid", "rentalid", "id"),
    "vehicle_id": ("vehicleid", "bikeid", "bikenumber", "bike", "scooterid", "deviceid"),
    "started_at": (
        *("starttime", "startedat", "startdatetime", "startdate", "starttimestamp"),
        *("tripstarttime", "tripstart", "start"),
    ),
    "ended_at": (
        *("endtime", "endedat", "enddatetime", "enddate", "endtimestamp", "stoptime"),
        *("tripendtime", "tripend", "end", "stop"),
    ),
    "duration_s": ("durations", "durationseconds", "durationsec", "tripduration", "duration"),
    "duration_min": ("durationmin", "durationminutes", "tripdurationmin"),
    "start_latitude": ("startlatitude", "startlat", "fromlatitude", "fromlat", "originlat"),
    "start_longitude": (
        *("startlongitude", "startlng", "startlon", "startlong", "fromlongitude", "fromlon"),
        *("fromlng", "originlon", "originlng"),
    ),
    "end_latitude": ("endlatitude", "endlat", "tolatitude", "tolat", "destinationlat"),
    "end_longitude": (
        *("endlongitude", "endlng", "endlon", "endlong", "tolongitude", "tolon", "tolng"),
        *("destinationlon", "destinationlng"),
    ),
    "distance_m": ("distancem", "distancemeters", "distancemetres", "tripdistancem", "distance"),
    "distance_km": ("distancekm", "distancekilometers", "tripdistancekm"),
    "distance_mi": ("distancemi", "distancemiles", "tripdistancemiles"),
    "user_type": ("usertype", "membertype", "membercasual", "ridertype"),
    "start_station_id": ("fromstationid", "startstationid", "startstation", "originstationid"),
    "end_station_id": ("tostationid", "endstationid", "endstation", "destinationstationid"),
}
STATION_ALIASES: dict[str, tuple[str, ...]] = {
    "station_id": ("stationid", "station", "stationnumber", "stationno", "id"),
    "name": ("stationname", "name"),
    "latitude": ("latitude", "lat"),
    "longitude": ("longitude", "lon", "lng", "long"),
    "capacity": ("capacity", "ofracks", "racks", "docks", "numberofracks", "dpcapacity"),
}
_START = ("start_latitude", "start_longitude")
_END = ("end_latitude", "end_longitude")
_STATIONS = ("start_station_id", "end_station_id")


@dataclass(frozen=True)
class Columns:
    """Our names to those of the file."""

    names: Mapping[str, str]

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def has_positions(self) -> bool:
        """Return whether trips carry the coordinates of both ends."""
        return all(name in self.names for name in (*_START, *_END))

    def has_stations(self) -> bool:
        """Return whether trips name the stations of both ends."""
        return all(name in self.names for name in _STATIONS)


def find_columns(
    header: Iterable[str],
    aliases: Mapping[str, tuple[str, ...]],
    given: Mapping[str, str],
    file: str,
) -> Columns:
    """Match our names with those of a file.

    Raises
    ------
    SourceError
        When `given` names a column that the file, or the product, does not have.
    """
    present = list(header)
    plain = {_plain(name): name for name in reversed(present)}
    found: dict[str, str] = {}
    for ours, others in aliases.items():
        match = next((plain[alias] for alias in (_plain(ours), *others) if alias in plain), None)
        if match is not None:
            found[ours] = match
    for ours, theirs in given.items():
        if ours not in aliases:
            raise SourceError(
                f"{ours!r} is no column of ours; --column OURS=THEIRS may name {', '.join(aliases)}"
            )
        if theirs not in present:
            raise SourceError(f"{file} has no column {theirs!r}; it has {', '.join(present)}")
        found[ours] = theirs
    return Columns(found)


def require_trip_columns(
    columns: Columns, header: Iterable[str], file: str, stations: bool
) -> None:
    """Check that a trip file says when and where each trip was.

    Raises
    ------
    SourceError
        Naming what is missing and what the file has.
    """
    missing = []
    if "started_at" not in columns:
        missing.append("a start time (start_time)")
    if not any(name in columns for name in ("ended_at", "duration_s", "duration_min")):
        missing.append("an end time (end_time) or a duration (duration_s)")
    if not columns.has_positions():
        if not columns.has_stations():
            missing.append(
                "start_latitude, start_longitude, end_latitude and end_longitude, or "
                "start_station_id and end_station_id with a station file"
            )
        elif not stations:
            missing.append("the station file (--stations) that places its station ids")
    if missing:
        raise SourceError(
            f"{file} lacks {' and '.join(missing)}; it has {', '.join(header)}; where a name is "
            "not recognised give --column OURS=THEIRS, for instance --column started_at=Departure"
        )


def require_station_columns(columns: Columns, header: Iterable[str], file: str) -> None:
    """Check that a station file names and places its stations.

    Raises
    ------
    SourceError
        Naming what is missing and what the file has.
    """
    missing = [name for name in ("station_id", "latitude", "longitude") if name not in columns]
    if missing:
        raise SourceError(f"{file} lacks {', '.join(missing)}; it has {', '.join(header)}")


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
