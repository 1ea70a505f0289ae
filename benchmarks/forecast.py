"""How much better the forecast is than the mean of four weeks, on real counts.

Hourly pickups and returns of 30 stations of a large bike share, 2018-01 to 2018-09, with weather.
At each of the origins the model is trained on the nine weeks before and forecasts 48 hours, as the
product does; the reference is the mean of the same hour of the week over the last four weeks, on
the same hours. The weather ahead is the observed one (the data holds no forecasts), which flatters
the model. The trees and their weight were chosen on the pickups, so the returns are the fairer
judge, and the default. ``--share`` thins the counts at random to the volume of a small operator.
Run: ``python -m benchmarks.forecast [--origins 20] [--share 1.0] [--counts return|pickup]``.
"""

import argparse
import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from ml.forecast_fit import MEAN, MODEL, FittedLevel, ForecastParameters, fit_level, forecast_level
from ml.forecast_panel import HORIZON_H, Panel, build_panel
from ml.metrics import coverage, wape

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "citibike_hourly_2018"
HISTORY_H = 63 * 24
SEED = 7


def main() -> None:
    """Print a line an origin, and the result as JSON on the last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the pickups")
    parser.add_argument("--origins", type=int, default=20, help="how many origins")
    parser.add_argument("--share", type=float, default=1.0, help="share of the pickups kept")
    parser.add_argument("--counts", choices=("return", "pickup"), default="return")
    options = parser.parse_args()
    if not options.data.is_dir():
        raise SystemExit(f"{options.data} is not there; name the folder with --data")
    panel = read_panel(options.data, options.share, options.counts)
    rows = []
    for end in np.linspace(HISTORY_H, panel.history_h - HORIZON_H, options.origins).astype(int):
        rows.append(judge(panel, int(end)))
        print(", ".join(f"{name} {value:.3f}" for name, value in rows[-1].items()))
    print(json.dumps(summary(rows) | {"counts": options.counts, "share": options.share}))


def read_panel(folder: Path, share: float, counts: str) -> Panel:
    """All stations on one grid; local hours stand for UTC, so clock changes play no part."""
    pickups = pl.read_parquet(folder / "pickups_returns.parquet").with_columns(
        hour_at=pl.col("date").cast(pl.Datetime("us", "UTC")) + pl.duration(hours=pl.col("hour")),
        parking_id=pl.col("station_id"),
    )
    whole = pickups[f"count_{counts}"].to_numpy()
    kept = np.random.default_rng(SEED).binomial(whole, share).astype(float)
    weather = pl.read_csv(folder / "weather.csv", try_parse_dates=True).select(
        hour_at=pl.col("date").cast(pl.Datetime("us", "UTC")) + pl.duration(hours=pl.col("hour")),
        temperature_c=pl.col("temperature").cast(pl.Float64),
        # The file knows the chance of rain, not its depth.
        precipitation_mm=pl.col("precip_prob").cast(pl.Float64) * 3.0,
        wind_kmh=pl.col("wind_speed").cast(pl.Float64),
    )
    first = datetime(2018, 1, 1, tzinfo=UTC)
    as_of = first + timedelta(hours=pickups["hour_at"].n_unique())
    panel = build_panel(
        pickups.with_columns(latent_count=pl.Series(kept)), _calendar(first, as_of), weather, as_of
    )
    assert panel is not None
    return panel


def _calendar(first: datetime, as_of: datetime) -> pl.DataFrame:
    hours = pl.datetime_range(
        first, as_of + timedelta(hours=HORIZON_H), "1h", time_zone="UTC", time_unit="us"
    )
    hour, day = pl.col("hour_at").dt.hour(), pl.col("hour_at").dt.weekday()
    return pl.select(hour_at=hours).with_columns(
        hour_of_day=hour.cast(pl.Int64),
        day_of_week=day.cast(pl.Int64),
        hour_of_week=(day.cast(pl.Int64) - 1) * 24 + hour.cast(pl.Int64),
        is_holiday=pl.lit(False),
    )


def judge(panel: Panel, end: int) -> dict[str, float]:
    """Errors and times of one origin, `end` hours into the panel."""
    known = _since(panel.cut(end), end - HISTORY_H)
    actual = panel.values[:, end : end + HORIZON_H]
    started = time.perf_counter()
    parameters = ForecastParameters()
    fitted = fit_level(known, parameters.parking_trees, parameters, SEED)
    trained = time.perf_counter()
    model = forecast_level(fitted, known, MODEL)
    predicted = time.perf_counter()
    mean = forecast_level(FittedLevel(None, fitted.dispersions), known, MEAN)
    return {
        "wape_model": wape(actual, model.mean) or 0.0,
        "wape_mean_4w": wape(actual, mean.mean) or 0.0,
        "coverage_model": coverage(actual, model.lower, model.upper),
        "coverage_mean_4w": coverage(actual, mean.lower, mean.upper),
        "train_s": trained - started,
        "predict_s": predicted - trained,
    }


def _since(panel: Panel, start: int) -> Panel:
    return Panel(
        series=panel.series,
        first_hour_at=panel.first_hour_at + timedelta(hours=start),
        values=panel.values[:, start:],
        hour_of_day=panel.hour_of_day[start:],
        day_of_week=panel.day_of_week[start:],
        hour_of_week=panel.hour_of_week[start:],
        is_holiday=panel.is_holiday[start:],
        weather=panel.weather[:, start:],
    )


def summary(rows: list[dict[str, float]]) -> dict[str, object]:
    """The means over the origins, and the ratio of the two errors."""
    means = {name: round(float(np.mean([row[name] for row in rows])), 4) for name in rows[0]}
    ratio = round(means["wape_model"] / means["wape_mean_4w"], 4)
    return {
        "name": "forecast",
        "ratio": ratio,
        "reference": "mean of the same hour of the week over four weeks",
        **means,
        "origins": len(rows),
    }


if __name__ == "__main__":
    main()
