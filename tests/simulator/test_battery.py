"""The energy a kilometre costs, against the rides it was measured on."""

import io
import zipfile
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from geography.crs import haversine_m
from simulator.parameters import WATT_HOURS_PER_KM
from tests.simulator.conftest import table
from warehouse.settings import Settings

_MEASURED_BATTERY_WH = 446.0


def _ride(text: bytes) -> tuple[float, float]:
    frame = pl.read_csv(io.BytesIO(text), infer_schema=False)
    fixes = frame.select(
        pl.col("Latitude", "Longitude", "SoC").cast(pl.Float64, strict=False)
    ).drop_nulls()
    latitude, longitude = fixes["Latitude"].to_numpy(), fixes["Longitude"].to_numpy()
    metres = haversine_m(latitude[:-1], longitude[:-1], latitude[1:], longitude[1:]).sum()
    return float(metres) / 1000, float(fixes["SoC"][0] - fixes["SoC"][-1])


@pytest.mark.unit
def test_constant_is_what_the_measured_rides_say(shared_data: Path) -> None:
    """The watt-hours a kilometre are those of the 30 measured rides together."""
    archive = shared_data / "dublin_scooter_battery" / "rides_2023-10.zip"
    with zipfile.ZipFile(archive) as file:
        names = [name for name in file.namelist() if name.endswith(".csv")]
        rides = np.array([_ride(file.read(name)) for name in names])
    kilometres, points = rides.sum(axis=0)
    assert len(rides) == 30
    measured = _MEASURED_BATTERY_WH * points / 100 / kilometres
    assert measured == pytest.approx(WATT_HOURS_PER_KM, abs=0.01)


@pytest.mark.unit
def test_simulated_rides_drain_as_measured(simulated: Settings) -> None:
    """Over all simulated rides the charge used is the constant times the distance."""
    rides = table(simulated, "rides").filter(pl.col("status") == "completed")
    sizes = table(simulated, "scooters").select(scooter_id="id", size="battery_wh")
    used = rides.join(sizes, on="scooter_id").select(
        energy=(pl.col("start_battery_pct") - pl.col("end_battery_pct")) / 100 * pl.col("size"),
        kilometres=pl.col("distance_m") / 1000,
    )
    share = used["energy"].sum() / used["kilometres"].sum() / WATT_HOURS_PER_KM
    assert share == pytest.approx(1.0, abs=0.05)
