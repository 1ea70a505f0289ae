"""Between latitude and longitude (WGS84, degrees) and a city's metric coordinates."""

from functools import lru_cache

import numpy as np
import numpy.typing as npt
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

FloatArray = npt.NDArray[np.float64]

#: Mean radius of the earth, metres (IUGG).
EARTH_RADIUS_M = 6_371_008.8


def check_crs(crs: str) -> str:
    """Return `crs` in its short form, or say why it cannot be used.

    Parameters
    ----------
    crs
        A name PROJ knows, for instance ``EPSG:2100`` (Greece) or ``EPSG:32616`` (UTM 16 north).

    Raises
    ------
    ValueError
        When PROJ does not know it, or when its units are not metres.
    """
    try:
        parsed = CRS.from_user_input(crs)
    except CRSError as error:
        raise ValueError(
            f"{crs!r} is no coordinate system; give one in metres, for instance EPSG:2100"
        ) from error
    units = {axis.unit_name for axis in parsed.axis_info}
    if not parsed.is_projected or units != {"metre"}:
        raise ValueError(f"{crs!r} is not in metres; give one that is, for instance EPSG:2100")
    return str(parsed.to_string())


@lru_cache(maxsize=64)
def area_of_use(crs: str) -> tuple[float, float, float, float] | None:
    """Return where `crs` is meant for: west, south, east, north in degrees; None is not known."""
    area = CRS.from_user_input(crs).area_of_use
    return None if area is None else (area.west, area.south, area.east, area.north)


@lru_cache(maxsize=64)
def _transformer(crs: str) -> Transformer:
    return Transformer.from_crs("EPSG:4326", crs, always_xy=True)


def project(
    latitude: npt.ArrayLike, longitude: npt.ArrayLike, crs: str
) -> tuple[FloatArray, FloatArray]:
    """Turn degrees into metres.

    Parameters
    ----------
    latitude, longitude
        Degrees, shape (n,); NaN stays NaN.
    crs
        The city's metric coordinate system.

    Returns
    -------
    x_m, y_m
        Metres east and north, shape (n,).
    """
    x, y = _transformer(crs).transform(
        np.asarray(longitude, dtype=np.float64), np.asarray(latitude, dtype=np.float64)
    )
    return _nan_for_inf(x), _nan_for_inf(y)


def unproject(x_m: npt.ArrayLike, y_m: npt.ArrayLike, crs: str) -> tuple[FloatArray, FloatArray]:
    """Turn metres into degrees: the inverse of `project`, shapes (n,)."""
    longitude, latitude = _transformer(crs).transform(
        np.asarray(x_m, dtype=np.float64), np.asarray(y_m, dtype=np.float64), direction="INVERSE"
    )
    return _nan_for_inf(latitude), _nan_for_inf(longitude)


def _nan_for_inf(values: npt.ArrayLike) -> FloatArray:
    array = np.asarray(values, dtype=np.float64)
    return np.where(np.isfinite(array), array, np.nan)


def haversine_m(
    from_latitude: npt.ArrayLike,
    from_longitude: npt.ArrayLike,
    to_latitude: npt.ArrayLike,
    to_longitude: npt.ArrayLike,
) -> FloatArray:
    """Great-circle distance in metres; arguments in degrees, broadcast against each other."""
    lat1, lon1, lat2, lon2 = (
        np.radians(np.asarray(values, dtype=np.float64))
        for values in (from_latitude, from_longitude, to_latitude, to_longitude)
    )
    half = np.sin((lat2 - lat1) / 2) ** 2 + np.cos(lat1) * np.cos(lat2) * (
        np.sin((lon2 - lon1) / 2) ** 2
    )
    return np.asarray(2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(half)), dtype=np.float64)
