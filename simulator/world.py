"""The simulated world: several cities under one clock, saved and taken up again."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from simulator.calendar import utc
from simulator.cities import find_city
from simulator.city_world import CityWorld
from simulator.crew import Order
from simulator.parameters import WorldParameters
from simulator.records import HourRecords
from simulator.state import from_json, to_json
from warehouse.errors import SourceError

_FORMAT = 1


@dataclass
class World:
    """Cities that share a seed and a clock; a city does not depend on the others.

    Attributes
    ----------
    parameters
        What it was made from.
    cities
        By slug.
    issues
        Hours at which commands ended: forecasts were issued then besides the daily ones.
    """

    parameters: WorldParameters
    cities: dict[str, CityWorld] = field(default_factory=dict)
    issues: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        if not self.cities:
            self.cities = {slug: new_city(self.parameters, slug) for slug in self.parameters.cities}

    @property
    def hour(self) -> int:
        """The next hour to simulate, counted from 1970-01-01T00Z."""
        return min(city.state.hour for city in self.cities.values())

    @property
    def now(self) -> datetime:
        """The instant the world has come to, UTC."""
        return utc(self.hour)

    def step_hour(
        self, orders: Mapping[str, Sequence[Order]] | None = None, *, own_crew: bool = True
    ) -> dict[str, HourRecords]:
        """Simulate the next hour of every city.

        Parameters
        ----------
        orders
            What a plan wants done, by slug of the city.
        own_crew
            Whether the crews also work as they see fit.
        """
        plans = orders or {}
        return {
            slug: city.step_hour(plans.get(slug, ()), own_crew=own_crew)
            for slug, city in self.cities.items()
        }


def new_city(parameters: WorldParameters, slug: str) -> CityWorld:
    """Return one city of a world, before its first hour."""
    return CityWorld(parameters.seed, find_city(slug), start_hour=parameters.start_hour)


def fingerprint(parameters: WorldParameters) -> str:
    """Tell worlds apart: the same text means the same rows for the same hours."""
    start = parameters.start.astimezone(UTC)
    numbers = ",".join(str(find_city(slug).number) for slug in parameters.cities)
    return f"format={_FORMAT} seed={parameters.seed} start={start:%Y-%m-%dT%HZ} cities={numbers}"


def state_file(home: Path) -> Path:
    """Where a world is kept."""
    return home / "simulator" / "world.json"


def save_world(home: Path, world: World) -> None:
    """Keep a world; the file is replaced whole."""
    parameters = world.parameters
    document = {
        "format": _FORMAT,
        "seed": parameters.seed,
        "days": parameters.days,
        "end": parameters.end.isoformat(),
        "ping_days": parameters.ping_days,
        "issues": world.issues,
        "cities": {slug: to_json(city.state) for slug, city in world.cities.items()},
    }
    path = state_file(home)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(document), encoding="utf-8")
    partial.replace(path)


def load_world(home: Path) -> World | None:
    """Take up a world that was kept; None when there is none.

    Raises
    ------
    SourceError
        When the file cannot be read.
    """
    path = state_file(home)
    if not path.exists():
        return None
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if document["format"] != _FORMAT:
            return None
        parameters = WorldParameters(
            seed=document["seed"],
            cities=tuple(document["cities"]),
            days=document["days"],
            end=datetime.fromisoformat(document["end"]),
            ping_days=document["ping_days"],
        )
        cities = {
            slug: CityWorld(parameters.seed, find_city(slug), state=from_json(state))
            for slug, state in document["cities"].items()
        }
    except (ValueError, KeyError, TypeError) as error:
        raise SourceError(
            f"the saved world {path} cannot be read ({error}); delete it and simulate anew"
        ) from error
    return World(parameters, cities, list(document["issues"]))
