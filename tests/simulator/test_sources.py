"""What the simulator writes agrees with itself and with the truth."""

import csv
import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import shapely

from geography.crs import project
from geography.polylines import decode
from simulator.calendar import local
from simulator.cities import CITIES, CRS, find_city
from simulator.places import load_map
from simulator.planning import worksheets
from simulator.shifts import shifts_of
from tests.simulator.conftest import END, table, truth
from warehouse.settings import Settings

pytestmark = pytest.mark.unit


def _moments(frame: pl.DataFrame, *columns: str) -> pl.DataFrame:
    return frame.with_columns(
        pl.col(name).str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us") for name in columns
    )


def _lines(settings: Settings) -> list[str]:
    files = sorted(settings.pings.rglob("*.jsonl.gz"))
    texts = [gzip.decompress(file.read_bytes()).decode() for file in files]
    return [line for text in texts for line in text.splitlines()]


def _messages(line: str) -> list[dict[str, object]]:
    document = json.loads(line)
    return list(document["messages"]) if "messages" in document else [document]


def test_served_demand_is_the_rides(simulated: Settings) -> None:
    """The truth's served riders are the rides that were not cancelled."""
    rides = table(simulated, "rides").filter(pl.col("status") != "cancelled")
    assert truth(simulated, "latent_demand")["served_count"].sum() == rides.height


def test_unmet_demand_is_in_the_searches(simulated: Settings) -> None:
    """Everyone who would have ridden and found nothing left a search that found none."""
    demand = truth(simulated, "latent_demand")
    unmet = demand["latent_count"].sum() - demand["served_count"].sum()
    found_none = table(simulated, "app_searches").filter(pl.col("available_count") == 0).height
    assert unmet <= found_none <= unmet * 1.25 + 10


def test_the_truth_is_dense(simulated: Settings) -> None:
    """Demand and occupancy have one row for each parking and hour of the history."""
    for name in ("latent_demand", "occupancy"):
        frame = truth(simulated, name)
        assert frame.height == 12 * 72
        assert frame.select("parking_code", "hour_at").is_unique().all()
        assert frame["hour_at"].max() < END


def test_scooter_states_do_not_overlap(simulated: Settings) -> None:
    """The truth's stretches of a scooter touch, and only the last one is open."""
    states = truth(simulated, "scooter_states").with_columns(
        next_at=pl.col("started_at").shift(-1).over("scooter_code")
    )
    inner = states.filter(pl.col("next_at").is_not_null())
    assert (inner["ended_at"] == inner["next_at"]).all()
    last = states.filter(pl.col("next_at").is_null())
    assert last["ended_at"].null_count() == last.height


def test_rides_of_a_scooter_do_not_overlap(simulated: Settings) -> None:
    """A scooter's next ride begins after the last one ended, cancelled ones included."""
    rides = _moments(table(simulated, "rides"), "started_at", "ended_at")
    ordered = rides.sort("scooter_id", "started_at").with_columns(
        before=pl.col("ended_at").shift(1).over("scooter_id")
    )
    assert (ordered["before"] <= ordered["started_at"]).drop_nulls().all()
    ongoing = rides.filter(pl.col("status") == "ongoing")
    assert ongoing["ended_at"].null_count() == ongoing.height


def test_positions_change_by_rides_and_crew_only(simulated: Settings) -> None:
    """A ride starts where the last ride or drop-off was reported, within GPS noise."""
    rides = _moments(table(simulated, "rides"), "started_at", "ended_at")
    events = _moments(table(simulated, "service_events"), "occurred_at").filter(
        pl.col("kind").is_in(["deploy", "drop_off", "found"])
    )
    placed = pl.concat(
        [
            rides.filter(pl.col("status") == "completed").select(
                "scooter_id", at="ended_at", lat="end_latitude", lon="end_longitude",
                hdop="end_hdop",
            ),
            events.select(
                "scooter_id", at="occurred_at", lat="latitude", lon="longitude", hdop=pl.lit(0.0)
            ),
        ]
    ).sort("at")  # fmt: skip
    joined = rides.sort("started_at").join_asof(
        placed, left_on="started_at", right_on="at", by="scooter_id", check_sortedness=False
    )
    assert joined["at"].null_count() == 0
    here = np.column_stack(project(joined["start_latitude"], joined["start_longitude"], CRS))
    there = np.column_stack(project(joined["lat"], joined["lon"], CRS))
    allowed = 2.2 * 5.0 * (joined["start_hdop"] + joined["hdop"]).to_numpy() + 1
    assert (np.hypot(*(here - there).T) <= allowed).all()


def test_paths_join_the_ends_on_land(simulated: Settings) -> None:
    """A polyline leads from start to end, is the distance long, and stays on land."""
    rides = table(simulated, "rides").filter(pl.col("status") == "completed")
    land = load_map(find_city("kastoria")).land
    for row in rides.head(150).iter_rows(named=True):
        path = decode(row["polyline"])
        x, y = project(path[:, 0], path[:, 1], CRS)
        line = shapely.LineString(np.column_stack([x, y]))
        assert line.length == pytest.approx(row["distance_m"], abs=15)
        assert land.buffer(5).contains(line)
        ends = project([row["start_latitude"], row["end_latitude"]],
                       [row["start_longitude"], row["end_longitude"]], CRS)  # fmt: skip
        noise = 2.2 * 5 * max(row["start_hdop"], row["end_hdop"]) + 2
        assert np.hypot(x[0] - ends[0][0], y[0] - ends[1][0]) < noise
        assert np.hypot(x[-1] - ends[0][1], y[-1] - ends[1][1]) < noise


def test_about_a_twelfth_of_the_rides_end_outside(simulated: Settings) -> None:
    """Ends outside zones are as frequent as the parameters say, give or take chance."""
    states = truth(simulated, "scooter_states").with_columns(
        before=pl.col("state").shift(1).over("scooter_code")
    )
    ends = states.filter((pl.col("before") == "on_trip") & (pl.col("state") != "on_trip"))
    assert 0.04 < ends["parking_code"].null_count() / ends.height < 0.14


def test_prices_are_unlock_plus_minutes(simulated: Settings) -> None:
    """A ride costs the unlocking and each begun minute; a cancelled one nothing."""
    city = find_city("kastoria")
    rides = _moments(table(simulated, "rides"), "started_at", "ended_at")
    done = rides.filter(pl.col("status") == "completed")
    minutes = np.ceil((done["ended_at"] - done["started_at"]).dt.total_milliseconds() / 60_000)
    expected = city.unlock_price + minutes * city.minute_price
    np.testing.assert_allclose(done["price"], expected, atol=0.006)
    assert rides.filter(pl.col("status") == "cancelled")["price"].sum() == 0


def test_messages_of_the_database_are_those_of_the_files(simulated: Settings) -> None:
    """The last day's rows are the last day's lines, in the same order."""
    rows = table(simulated, "telemetry_messages")
    assert rows["payload"].to_list() == _lines(simulated)
    received = _moments(rows, "received_at")["received_at"]
    assert received.is_sorted()
    assert received.max() < END.replace(tzinfo=None)


def test_pings_are_where_the_scooters_are(simulated: Settings) -> None:
    """A locked scooter's pings lie where the truth has it parked, within GPS noise."""
    city_map = load_map(find_city("kastoria"))
    states = truth(simulated, "scooter_states").filter(pl.col("parking_code").is_not_null())
    checked = 0
    for line in _lines(simulated)[::40]:
        for message in _messages(line) if line.endswith("}") else []:
            if message.get("v") != 2 or message["gps"]["hdop"] > 20:  # type: ignore[index]
                continue
            at = datetime.fromisoformat(str(message["sent_at"]))
            here = states.filter(
                (pl.col("scooter_code") == message["device"]["id"])  # type: ignore[index]
                & (pl.col("started_at") <= at)
                & (pl.col("ended_at").is_null() | (pl.col("ended_at") > at))
            )
            if not here.height:
                continue
            place = city_map.code.index(here["parking_code"][0])
            gps = message["gps"]
            x, y = project([gps["lat"]], [gps["lon"]], CRS)  # type: ignore[index]
            away = np.hypot(x[0] - city_map.x_m[place], y[0] - city_map.y_m[place])
            assert away < 15 + 2.2 * 5 * gps["hdop"]  # type: ignore[index]
            checked += 1
    assert checked > 100


def test_pings_come_in_all_the_forms_of_the_real_ones(simulated: Settings) -> None:
    """There are messages of both versions and batches; each file holds its hour's receptions."""
    kinds = {"v1": 0, "v2": 0, "batch": 0}
    for line in _lines(simulated):
        if '"messages"' in line:
            kinds["batch"] += 1
        else:
            kinds["v2" if line.startswith('{"v":2') else "v1"] += 1
    assert all(kinds.values())
    first = simulated.pings / "kastoria" / "2026-05-31" / "06.jsonl.gz"
    assert first.exists()
    assert len(list(simulated.pings.rglob("*.jsonl.gz"))) == 24


def test_weather_is_observed_to_the_end_and_forecast_beyond(simulated: Settings) -> None:
    """Every hour of the history is observed once; forecasts are as of 00Z and of the end, 72 h."""
    text = gzip.decompress((simulated.weather_files / "kastoria.csv.gz").read_bytes())
    frame = pl.read_csv(text, schema_overrides={"issued_at": pl.String})
    seen = frame.filter(pl.col("kind") == "observed")
    assert seen.height == 72
    assert seen["hour_at"].max() == "2026-06-01T05:00:00Z"
    made = frame.filter(pl.col("kind") == "forecast").group_by("issued_at").len()
    assert made["len"].to_list() == [72] * 4
    assert "2026-06-01T06:00:00Z" in made["issued_at"].to_list()


def test_planning_sheets_refer_to_what_exists() -> None:
    """Codes, workers and vehicles in the sheets are known; maxima fit; some cells are blank."""
    sheets = worksheets(CITIES)
    codes = {code for city in CITIES for code in load_map(city).code}
    assert {row["parking_code"] for row in sheets["parkings"]} == codes
    assert {row["worker"] for row in sheets["shifts"]} <= {
        row["worker"] for row in sheets["workers"]
    }
    assert {row["vehicle"] for row in sheets["shifts"]} == {
        row["vehicle"] for row in sheets["vehicles"]
    }
    targets = [row["target_count"] for row in sheets["parkings"]]
    assert 0.3 < sum(target is None for target in targets) / len(targets) < 0.8
    for row in sheets["parkings"]:
        known = [row[name] for name in ("minimum_count", "target_count", "maximum_count")]
        numbers = [int(str(value)) for value in known if value is not None]
        assert numbers == sorted(numbers)


def test_some_shift_is_on_from_six_to_ten() -> None:
    """In every city, every day, a worker is on duty from 06:00 to 22:00 local time."""
    start = int(datetime(2026, 6, 1, tzinfo=UTC).timestamp()) // 3600
    for city in CITIES:
        for hour in range(start, start + 7 * 24):
            moment = local(hour)
            on_duty = any(shift.covers(moment) for shift in shifts_of(city))
            assert on_duty == (6 <= moment.hour < 22)


def test_planning_files_are_what_the_sheets_are(simulated: Settings) -> None:
    """Each worksheet is a CSV with a header; blanks stay blank, Greek stays Greek."""
    with (simulated.planning / "parkings.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 12 * 4
    assert "" in {row["target_count"] for row in rows}
    assert "Καστοριά" in Path(simulated.planning / "cities.csv").read_text(encoding="utf-8")
