"""What a forecast of an hour may know: nothing younger than the horizon.

All covariates of an hour t use departures of t - 48 h and before, so that one model serves every
hour of the horizon without feeding on its own forecasts.
"""

import numpy as np
import numpy.typing as npt

from ml.forecast_panel import HORIZON_H, Panel

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

WEEKS = 4
FEATURES: tuple[str, ...] = (
    "week_mean",
    "week_mean_smooth",
    "day_mean",
    "level_7d",
    "level_28d",
    "level_shape",
    "city_trend",
    "city_week_mean",
    "temperature_anomaly",
    "rain_anomaly",
    "wind_anomaly",
    "temperature",
    "rain",
    "hour_of_day",
    "day_of_week",
    "is_holiday",
)


def features(panel: Panel) -> FloatArray:
    """Covariates of every hour of the panel, shape (series, history + horizon, features).

    NaN where the history is too short to tell.
    """
    weeks = week_lags(panel.hour_of_week, WEEKS)
    values = _with_horizon(panel.values, panel.horizon_h)
    city = np.nansum(values, axis=0, keepdims=True)
    city[:, panel.history_h :] = np.nan
    week = _mean_over(values, weeks)
    city_week = _mean_over(city, weeks)
    level_7d, level_28d = _level(panel, panel.values, 7), _level(panel, panel.values, 28)
    city_values = city[:, : panel.history_h]
    city_7d, city_28d = _level(panel, city_values, 7), _level(panel, city_values, 28)
    smooth = (np.roll(week, 1, axis=1) + 2 * week + np.roll(week, -1, axis=1)) / 4
    days = np.stack([_back(len(panel.hour_of_day), 24 * day) for day in range(2, 9)])
    weather = np.vstack([panel.weather[0], np.log1p(panel.weather[1]), panel.weather[2]])
    anomaly = weather - _mean_over(weather, weeks)
    with np.errstate(invalid="ignore", divide="ignore"):
        shape = level_28d * np.where(city_28d > 0, city_week / city_28d, np.nan)
        trend = np.where(city_28d > 0, city_7d / city_28d, np.nan)
    own = [week, smooth, _mean_over(values, days), level_7d, level_28d, shape]
    shared = [trend[0], city_week[0], *anomaly, weather[0], weather[1]]
    shared += [panel.hour_of_day, panel.day_of_week, panel.is_holiday]
    width = (len(panel.series), len(panel.hour_of_day))
    return np.stack([*own, *(np.broadcast_to(column, width) for column in shared)], axis=-1)


def mean_of_weeks(panel: Panel) -> FloatArray:
    """The benchmark: mean of the same local hour of the week over the last four weeks.

    With less than a week of history the mean of the hour of the day, and where that is missing too
    the mean of the series; shape (series, horizon).
    """
    values = _with_horizon(panel.values, panel.horizon_h)
    horizon = slice(panel.history_h, None)
    week = _mean_over(values, week_lags(panel.hour_of_week, WEEKS))[:, horizon]
    hours = panel.hour_of_day[: panel.history_h]
    recent = panel.values[:, -24 * 28 :]
    day = np.stack(
        [_nanmean(panel.values[:, hours == hour], axis=1) for hour in panel.hour_of_day[horizon]],
        axis=1,
    )
    level = _nanmean(recent, axis=1)[:, None]
    best = np.where(np.isfinite(week), week, np.where(np.isfinite(day), day, level))
    return np.asarray(np.nan_to_num(best, nan=0.0), dtype=np.float64)


def week_lags(hour_of_week: IntArray, weeks: int) -> IntArray:
    """Columns of the same local hour in the `weeks` weeks before, shape (weeks, hours).

    -1 where there is none. Local hours, not 168 h steps: in the week of a clock change they
    differ. A repeated hour of the autumn change is not a week ago, hence the least distance.
    """
    lags = np.full((weeks, len(hour_of_week)), -1, dtype=np.int64)
    for key in np.unique(hour_of_week):
        columns = np.flatnonzero(hour_of_week == key)
        for column in columns:
            for week in range(1, weeks + 1):
                near = columns[np.abs(columns - (column - 168 * week)) <= 1]
                if len(near):
                    lags[week - 1, column] = near[0]
    return lags


def _with_horizon(values: FloatArray, horizon_h: int) -> FloatArray:
    return np.pad(values, ((0, 0), (0, horizon_h)), constant_values=np.nan)


def _back(count: int, hours: int) -> IntArray:
    return np.asarray(np.maximum(np.arange(count) - hours, -1), dtype=np.int64)


def _mean_over(values: FloatArray, columns: IntArray) -> FloatArray:
    picked = np.where(columns[None] >= 0, values[:, columns], np.nan)
    return _nanmean(picked, axis=1)


def _level(panel: Panel, values: FloatArray, days: int) -> FloatArray:
    """Mean of the `days` days that end 48 h before each hour."""
    known = np.isfinite(values)
    total = np.pad(np.cumsum(np.nan_to_num(values), axis=1), ((0, 0), (1, 0)))
    count = np.pad(np.cumsum(known, axis=1), ((0, 0), (1, 0)))
    end = np.arange(len(panel.hour_of_day)) - HORIZON_H + 1
    end = np.clip(end, 0, panel.history_h)
    start = np.maximum(end - 24 * days, 0)
    seen = count[:, end] - count[:, start]
    return np.where(seen > 0, (total[:, end] - total[:, start]) / np.maximum(seen, 1), np.nan)


def _nanmean(values: FloatArray, axis: int) -> FloatArray:
    known = np.isfinite(values)
    count = known.sum(axis=axis)
    total = np.where(known, values, 0.0).sum(axis=axis)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
