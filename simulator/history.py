"""A stretch of hours of one city, collected as the sources and the truth will hold it."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from simulator.city_world import CityWorld
from simulator.pings import hour_file, hour_messages, message_rows, write_hour_file
from simulator.records import HourRecords, Segment
from simulator.rows import Row, Tables, hour_rows

#: The database keeps messages for so many hours; the files keep them all.
MESSAGE_HOURS = 24


@dataclass
class History:
    """What some hours of a city added.

    Attributes
    ----------
    first_hour
        First of the hours, counted from 1970-01-01T00Z.
    tables
        Rows of rides, service events, app searches and telemetry messages.
    segments
        Stretches of scooters in one state that ended in these hours.
    demand
        One array an hour, shape (5, p): latent mean, latent and served count, average count of
        available scooters, empty minutes.
    ping_count
        Messages written to files.
    """

    first_hour: int
    tables: Tables = field(default_factory=dict)
    segments: list[Segment] = field(default_factory=list)
    demand: list[npt.NDArray[np.float64]] = field(default_factory=list)
    ping_count: int = 0

    def add(self, records: HourRecords, rows: Tables) -> None:
        """Add an hour."""
        for name, added in rows.items():
            self.tables.setdefault(name, []).extend(added)
        self.segments.extend(records.segments)
        self.demand.append(
            np.array(
                [
                    records.latent_mean,
                    records.latent_count,
                    records.served_count,
                    records.average_count,
                    records.empty_min,
                ],
                dtype=np.float64,
            )
        )


def collect(
    world: CityWorld, hours: int, ping_folder: Path, *, pings_from: int, messages_from: int
) -> History:
    """Step a city and collect what happens.

    Parameters
    ----------
    world
        Stepped in place.
    hours
        How many hours.
    ping_folder
        Ping files are written here at once, one an hour.
    pings_from, messages_from
        First hours with ping files and with rows of telemetry messages.
    """
    history = History(world.state.hour)
    messages: list[Row] = []
    for _ in range(hours):
        records = world.step_hour()
        history.add(records, hour_rows(world, records))
        if records.hour == pings_from - 1:
            # Only what is received later counts: it belongs into the first file.
            hour_messages(world, records)
        if records.hour >= pings_from:
            sent = hour_messages(world, records)
            write_hour_file(hour_file(ping_folder, world.city, records.hour), sent)
            history.ping_count += len(sent)
            if records.hour >= messages_from:
                messages.extend(message_rows(world.city, records.hour, sent))
    history.tables["telemetry_messages"] = messages
    return history
