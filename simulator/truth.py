"""The truth behind the sources, for tests and benchmarks only."""

from pathlib import Path

import numpy as np
import polars as pl

from geography.crs import unproject
from simulator.cities import CRS
from simulator.city_world import CityWorld, scooter_codes
from simulator.history import History
from simulator.records import Segment

_UTC = pl.Datetime("us", "UTC")
_NOT_ON_THE_STREET = frozenset({"not_deployed", "retired"})


def truth_frames(world: CityWorld, history: History) -> dict[str, pl.DataFrame]:
    """Frames of the stretch of hours, by name of the file.

    Returns
    -------
    dict
        ``latent_demand`` and ``occupancy``, one row a parking and hour, and ``scooter_states``,
        one row a stretch of a scooter in one state at one place; `ended_at` is null while it
        lasts. Stretches that follow each other may be in the same state (a battery swap).
    """
    codes, hours = world.city_map.code, len(history.demand)
    spine = {
        "parking_code": list(codes) * hours,
        "hour_at": np.repeat(history.first_hour + np.arange(hours), len(codes)) * 3_600_000_000,
    }
    demand = np.concatenate(history.demand, axis=1) if hours else np.empty((5, 0), dtype=np.float64)
    keys = pl.DataFrame(spine).with_columns(pl.col("hour_at").cast(_UTC))
    latent = keys.with_columns(
        latent_mean=pl.Series(demand[0]),
        latent_count=pl.Series(demand[1].astype(np.int64)),
        served_count=pl.Series(demand[2].astype(np.int64)),
    )
    occupancy = keys.with_columns(
        average_count=pl.Series(demand[3]), empty_min=pl.Series(demand[4])
    )
    return {
        "latent_demand": latent,
        "occupancy": occupancy,
        "scooter_states": _states(world, history.segments),
    }


def _states(world: CityWorld, ended: list[Segment]) -> pl.DataFrame:
    scooters = scooter_codes(world.city)
    parkings = world.city_map.code
    still = [world.fleet.open_segment(scooter, np.nan) for scooter in range(len(scooters))]
    rows = [
        (
            scooters[segment.scooter],
            segment.state,
            round(segment.start_s * 1000),
            None if np.isnan(segment.end_s) else round(segment.end_s * 1000),
            parkings[segment.place] if segment.place >= 0 else None,
        )
        for segment in [*ended, *still]
        if segment.state not in _NOT_ON_THE_STREET and segment.end_s != segment.start_s
    ]
    schema = {
        "scooter_code": pl.String,
        "state": pl.String,
        "started_at": pl.Int64,
        "ended_at": pl.Int64,
        "parking_code": pl.String,
    }
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    moment = pl.col("started_at", "ended_at").cast(pl.Datetime("ms", "UTC")).cast(_UTC)
    return frame.with_columns(moment).sort("scooter_code", "started_at")


def corner_frame(world: CityWorld) -> pl.DataFrame:
    """Places outside the zones where riders like to leave scooters: parkings worth having."""
    city_map = world.city_map
    latitude, longitude = unproject(city_map.corner_x_m, city_map.corner_y_m, CRS)
    return pl.DataFrame(
        {"latitude": latitude, "longitude": longitude, "weight": city_map.corner_weight}
    )


def write_truth(folder: Path, frames: dict[str, pl.DataFrame], *, keep_before: int | None) -> None:
    """Write the frames of a city; each file is replaced whole.

    Parameters
    ----------
    folder
        Folder of the city.
    frames
        By name of the file.
    keep_before
        Keep what the files tell of the time before this hour; None begins anew.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in frames.items():
        path = folder / f"{name}.parquet"
        if keep_before is not None and path.exists():
            frame = pl.concat([_before(pl.read_parquet(path), keep_before), frame])
        partial = path.with_suffix(".partial")
        frame.write_parquet(partial)
        partial.replace(path)


def _before(frame: pl.DataFrame, hour: int) -> pl.DataFrame:
    end = pl.lit(hour * 3_600_000_000).cast(_UTC)
    if "hour_at" in frame.columns:
        return frame.filter(pl.col("hour_at") < end)
    # A stretch that was open, or ended later, is in the new frame again.
    return frame.filter(pl.col("ended_at") < end)
