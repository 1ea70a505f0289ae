"""Weather through the real Meteostat client: a mirror of its files on loopback and on disk."""

from __future__ import annotations

import gzip
import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import meteostat
import polars as pl
import pytest
from meteostat.core.providers import provider_service

from extract.loading import RawPipeline
from extract.run import ExtractReport, extract_weather
from extract.schemas import create_raw_tables
from extract.weather.service import MeteostatSource
from extract.weather.tables import WEATHER
from tests.extract.meteostat_mirror import Mirror, serving, write_stations
from warehouse.connection import Warehouse
from warehouse.settings import Settings, load_settings

pytestmark = pytest.mark.db
HOUR = timedelta(hours=1)
CLOCK = datetime(2026, 6, 10, 6, 20, tzinfo=UTC)
NOW = CLOCK.replace(minute=0)


@pytest.fixture
def mirror() -> Mirror:
    return Mirror()


@pytest.fixture
def world(
    settings: Settings, warehouse: Warehouse, tmp_path: Path, mirror: Mirror
) -> Iterator[Any]:
    """Settings that read the mirror, in a warehouse with one city between two stations."""
    stations = write_stations(
        tmp_path / "stations.db", ("NEAR", 40.60, 22.95, 10), ("FAR", 40.80, 22.95, 30)
    )
    add_city(warehouse, "town", 40.63, 22.94)
    with serving(mirror) as address:
        made = load_settings(
            home=settings.home,
            weather="meteostat",
            meteostat_endpoint=f"{address}/hourly/{{year}}/{{station}}.csv.gz",
            meteostat_stations=stations,
            weather_history_days=10,
            _env_file=None,
        )
        yield made


def add_city(warehouse: Warehouse, city: str, latitude: float, longitude: float) -> None:
    create_raw_tables(warehouse)
    warehouse.execute(
        "insert into raw_planning.cities (city, depot_latitude, depot_longitude)"
        f" values ('{city}', {latitude}, {longitude})"
    )


def load(
    settings: Settings, warehouse: Warehouse, until: datetime, fetched_at: datetime | None = None
) -> list[str]:
    """Load the weather at a clock; gives the notes."""
    pipeline = RawPipeline(settings, warehouse, WEATHER)
    source = MeteostatSource(settings, warehouse, pipeline.state, None, until, fetched_at or until)
    pipeline.load(source.batches())
    return source.notes


def hours(warehouse: Warehouse, kind: str = "observed") -> pl.DataFrame:
    return warehouse.read(
        "select * from raw_weather.hourly where kind = %(kind)s order by issued_at, hour_at",
        {"kind": kind},
    )


def test_real_hours_in_our_units(
    settings: Settings, warehouse: Warehouse, shared_data: Path
) -> None:
    """Frankfurt's hours are those of Meteostat's file of its airport, element by element."""
    folder = shared_data / "meteostat"
    real = load_settings(
        home=settings.home,
        weather="meteostat",
        meteostat_endpoint=f"file://{folder}/hourly/{{year}}/{{station}}.csv.gz",
        meteostat_stations=folder / "stations.db.gz",
        weather_history_days=30,
        _env_file=None,
    )
    add_city(warehouse, "frankfurt", 50.05, 8.60)
    until = datetime(2024, 6, 1, 12, tzinfo=UTC)
    assert load(real, warehouse, until, until + 24 * HOUR) == []
    loaded = hours(warehouse)
    text = gzip.decompress((folder / "hourly/2024/10637.csv.gz").read_bytes())
    time = pl.datetime("year", "month", "day", "hour", time_zone="UTC", time_unit="us")
    file = pl.read_csv(text).with_columns(hour_at=time)
    both = loaded.join(file, on="hour_at", how="left")
    assert loaded.height == 30 * 24 + 1
    assert loaded["hour_at"].max() == until
    for ours, theirs in [
        ("temperature_c", "temp"),
        ("precipitation_mm", "prcp"),
        ("wind_kmh", "wspd"),
        ("humidity_pct", "rhum"),
        ("condition_code", "coco"),
    ]:
        assert both[ours].cast(pl.Float64).to_list() == both[theirs].to_list()
    assert set(loaded["station_id"]) == {"10637"}
    assert hours(warehouse, "forecast").is_empty()


def test_increments_equal_one_load(world: Settings, warehouse: Warehouse, mirror: Mirror) -> None:
    """Hours come once, a correction of the last week is taken, an older one is not."""
    first = NOW - 10 * 24 * HOUR
    mirror.put("NEAR", first, [10.0] * 241, "isd_lite")
    load(world, warehouse, CLOCK - 2 * HOUR)
    assert hours(warehouse)["hour_at"].max() == NOW - 2 * HOUR
    corrected = [40.0 if n in (20, 200) else 10.0 for n in range(241)]
    mirror.files.clear()
    mirror.put("NEAR", first, corrected, "isd_lite")
    mirror.put("NEAR", NOW + HOUR, [15.0], "dwd_mosmix")
    assert load(world, warehouse, CLOCK) == []
    loaded = hours(warehouse)
    assert loaded["hour_at"].max() == NOW
    assert loaded.filter(pl.col("temperature_c") == 40.0)["hour_at"].to_list() == [
        first + 200 * HOUR
    ]
    assert loaded["hour_at"].is_unique().all()
    asked = len(mirror.asked)
    load(world, warehouse, CLOCK)
    assert len(mirror.asked) == asked, "an hour that was read is not asked for again"


def test_forecasts_are_kept_as_issued(
    world: Settings, warehouse: Warehouse, mirror: Mirror
) -> None:
    """A forecast is kept with its time of issue, again when it changed, and never overwritten."""
    mirror.put("NEAR", NOW - 24 * HOUR, [10.0] * 25, "isd_lite")
    mirror.put("NEAR", NOW + HOUR, [20.0] * 6, "dwd_mosmix")
    load(world, warehouse, CLOCK)
    load(world, warehouse, CLOCK + HOUR)  # the same forecast: not again
    mirror.files.clear()
    mirror.put("NEAR", NOW - 24 * HOUR, [10.0] * 27, "isd_lite")
    mirror.put("NEAR", NOW + 3 * HOUR, [25.0] * 4, "dwd_mosmix")
    load(world, warehouse, CLOCK + 2 * HOUR)
    forecast = hours(warehouse, "forecast")
    assert forecast.group_by("issued_at", maintain_order=True).agg(
        pl.len(), pl.col("temperature_c").mean()
    ).rows() == [(CLOCK, 6, 20.0), (CLOCK + 2 * HOUR, 4, 25.0)]
    # What was forecast for an hour is not what was observed in it.
    assert hours(warehouse)["temperature_c"].unique().to_list() == [10.0]


def test_a_clock_in_the_past_knows_no_later_forecast(
    world: Settings, warehouse: Warehouse, mirror: Mirror
) -> None:
    """Read an hour after the clock a forecast counts, read later it was not known at the clock."""
    mirror.put("NEAR", NOW - 24 * HOUR, [10.0] * 27, "isd_lite")
    mirror.put("NEAR", NOW + 3 * HOUR, [20.0] * 6, "dwd_mosmix")
    load(world, warehouse, CLOCK, CLOCK + HOUR + timedelta(seconds=1))
    assert hours(warehouse, "forecast").is_empty()
    assert hours(warehouse)["hour_at"].max() == NOW
    load(world, warehouse, CLOCK + HOUR, CLOCK + 2 * HOUR)
    assert hours(warehouse, "forecast").height == 6


def test_a_further_station_fills_in(world: Settings, warehouse: Warehouse, mirror: Mirror) -> None:
    """Where the nearest station is silent the next one counts, and the row says which."""
    start = NOW - 48 * HOUR
    mirror.put("NEAR", start, [1.0] * 20 + [None] * 6 + [1.0] * 23, "isd_lite")
    mirror.put("FAR", start, [5.0] * 49, "isd_lite")
    load(world, warehouse, CLOCK)
    loaded = hours(warehouse)
    assert loaded.filter(station_id="FAR")["hour_at"].to_list() == [
        start + n * HOUR for n in range(20, 26)
    ]
    assert loaded.height == 49
    assert not loaded["is_filled"].any()


def test_the_forecast_of_a_further_station(
    world: Settings, warehouse: Warehouse, mirror: Mirror
) -> None:
    """Where the nearest station is observed only, the forecast is that of the next one."""
    mirror.put("NEAR", NOW - 300 * HOUR, [1.0] * 301, "isd_lite")
    mirror.put("FAR", NOW - 24 * HOUR, [5.0] * 25, "isd_lite")
    mirror.put("FAR", NOW + HOUR, [6.0] * 48, "dwd_mosmix")
    assert load(world, warehouse, CLOCK) == []
    forecast = hours(warehouse, "forecast")
    assert forecast["hour_at"].to_list() == [NOW + n * HOUR for n in range(1, 49)]
    assert set(forecast["station_id"]) == {"FAR"}
    assert set(hours(warehouse)["station_id"]) == {"NEAR"}
    load(world, warehouse, CLOCK + HOUR)  # the same forecast: not again
    assert hours(warehouse, "forecast").height == 48


def test_no_station_has_a_forecast(world: Settings, warehouse: Warehouse, mirror: Mirror) -> None:
    """All stations are asked, and a note says with which forecast the run goes on."""
    mirror.put("NEAR", NOW - 300 * HOUR, [1.0] * 303, "isd_lite")
    mirror.put("FAR", NOW + HOUR, [6.0] * 2, "dwd_mosmix")
    assert load(world, warehouse, CLOCK) == []
    mirror.files.pop(f"/hourly/{NOW.year}/FAR.csv.gz")
    assert load(world, warehouse, CLOCK + HOUR) == [
        "weather of town: no station within 80 km has a forecast; the run goes on with that "
        "issued 2026-06-10 06:20 UTC"
    ]
    assert any("FAR" in path for path in mirror.asked)
    assert hours(warehouse, "forecast").height == 2


def test_a_broken_file_of_one_station(
    world: Settings, warehouse: Warehouse, mirror: Mirror
) -> None:
    """With the nearest station's file broken the next one fills new hours and changes none."""
    start = NOW - 24 * HOUR
    mirror.put("NEAR", start, [1.0] * 24, "isd_lite")
    mirror.put("FAR", start, [5.0] * 26, "isd_lite")
    load(world, warehouse, CLOCK - HOUR)
    near = f"/hourly/{NOW.year}/NEAR.csv.gz"
    whole = mirror.files[near]
    mirror.files[near] = whole[:-20]
    notes = load(world, warehouse, CLOCK)
    assert "station NEAR" in notes[0]
    assert "not all" in notes[0]
    assert hours(warehouse)["temperature_c"].to_list() == [1.0] * 24 + [5.0]
    mirror.files[near] = whole
    mirror.put("NEAR", NOW, [1.0], "isd_lite")
    mirror.put("NEAR", NOW + HOUR, [2.0], "dwd_mosmix")
    assert load(world, warehouse, CLOCK) == []
    assert hours(warehouse)["temperature_c"].to_list() == [1.0] * 25


@pytest.mark.parametrize("fault", ["500", "refused", "stations"])
def test_the_service_is_away(
    world: Settings,
    warehouse: Warehouse,
    mirror: Mirror,
    fault: str,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Nothing changes, nothing is raised, and a note says with what the run goes on."""
    mirror.put("NEAR", NOW - 24 * HOUR, [1.0] * 25, "isd_lite")
    mirror.put("NEAR", NOW + HOUR, [2.0] * 5, "dwd_mosmix")
    load(world, warehouse, CLOCK)
    before = warehouse.read("select * from raw_weather.hourly order by hour_at, kind")
    if fault == "500":
        mirror.status = 500
    elif fault == "refused":
        world.meteostat_endpoint = "http://127.0.0.1:9/{year}/{station}.csv.gz"
    else:
        broken = tmp_path / "broken.db"
        broken.write_bytes(b"<html>maintenance</html>" * 100)
        world.meteostat_stations = broken
    with caplog.at_level(logging.WARNING):
        notes = load(world, warehouse, CLOCK + HOUR)
    assert warehouse.read("select * from raw_weather.hourly order by hour_at, kind").equals(before)
    assert len(notes) == 1
    assert "weather of town: Meteostat gave nothing (" in notes[0]
    assert "goes on with hours observed up to 2026-06-10 06:00 UTC" in notes[0]
    assert "the forecast issued 2026-06-10 06:20 UTC" in notes[0]
    assert "Traceback" not in caplog.text


def test_the_forecast_of_met_norway(
    world: Settings, warehouse: Warehouse, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a user agent MET Norway's forecast is read: m/s become km/h, rain goes to its hour."""
    mirror.put("NEAR", NOW - 24 * HOUR, [1.0] * 25, "isd_lite")
    details = {"air_temperature": 21.5, "relative_humidity": 40.0, "wind_speed": 5.0}
    steps = [
        {
            "time": f"{NOW + n * HOUR:%Y-%m-%dT%H:%M:%SZ}",
            "data": {
                "instant": {"details": details},
                "next_1_hours": {
                    "summary": {"symbol_code": "rain"},
                    "details": {"precipitation_amount": float(n)},
                },
            },
        }
        for n in range(4)
    ]
    mirror.files["/forecast"] = json.dumps({"properties": {"timeseries": steps}}).encode()
    address = world.meteostat_endpoint.split("/hourly")[0]
    monkeypatch.setattr(meteostat.config, "metno_forecast_endpoint", f"{address}/forecast?x=1")
    # Meteostat asks MET Norway only for days from today on.
    provider = provider_service.get_provider("metno_forecast")
    monkeypatch.setattr(provider, "start", CLOCK.date())
    world.metno_user_agent = "moow-tests operator@example.org"
    load(world, warehouse, CLOCK)
    forecast = hours(warehouse, "forecast")
    columns = ["temperature_c", "wind_kmh", "precipitation_mm", "condition_code", "source"]
    assert forecast.select(columns).rows() == [
        (21.5, 18.0, float(n), 8, "metno_forecast") for n in range(3)
    ]


def test_a_city_whose_place_is_not_known_is_left_out(
    world: Settings, warehouse: Warehouse, mirror: Mirror
) -> None:
    """The run loads the cities that lie somewhere, through the setting and the whole extraction."""
    mirror.put("NEAR", NOW - 24 * HOUR, [1.0] * 25, "isd_lite")
    warehouse.execute("insert into raw_planning.cities (city) values ('nowhere')")
    report = ExtractReport()
    extract_weather(world, warehouse, None, CLOCK, report)
    assert report.rows == {"raw_weather.hourly": 25}
    assert set(hours(warehouse)["city"]) == {"town"}
