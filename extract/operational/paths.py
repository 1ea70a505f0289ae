"""Lengths of many encoded paths at once.

Source of the format: Google, "Encoded Polyline Algorithm Format". Decoding a million characters
one by one takes seconds; here whole columns are decoded together, on the bytes as Arrow holds them.
"""

from __future__ import annotations

import numpy as np
import polars as pl
import pyarrow as pa

from geography.crs import EARTH_RADIUS_M

#: The format counts in 1e-5 degrees.
_STEP_RAD = np.pi / 180.0 / 1e5
#: A coordinate takes at most seven characters; more would overflow.
_LONGEST = 7
#: Steps of up to two kilometres are as long as their chord, to a hundredth of a millimetre.
_FLAT_RAD = 2_000 * _STEP_RAD
#: Texts decoded at once: their numbers then stay in the processor's cache.
_TOGETHER = 5_000
#: Five bits a character: so many characters fit into 32 bits.
_FITS_32_BITS = 6


def path_lengths(polylines: pl.Series) -> pl.Series:
    """Return the length of each path.

    Parameters
    ----------
    polylines
        Encoded paths, precision 5; null and empty allowed.

    Returns
    -------
    polars.Series
        Metres; null where there is no path or its text is garbled.
    """
    texts = polylines.cast(pl.String).fill_null("")
    lengths = [_path_lengths(texts[at : at + _TOGETHER]) for at in range(0, len(texts), _TOGETHER)]
    return pl.concat(lengths) if lengths else pl.Series(dtype=pl.Float64)


def _path_lengths(texts: pl.Series) -> pl.Series:
    offsets, values = _bytes(texts)
    is_last = values < 0x20
    ends = np.flatnonzero(is_last)
    sizes = np.diff(ends, prepend=-1)
    bounds = np.searchsorted(ends, offsets)
    is_good = _readable(offsets, values, is_last, ends, sizes, bounds)
    if not is_good[np.diff(offsets) > 0].all():
        emptied = pl.when(pl.Series(is_good)).then(texts).otherwise(pl.lit(""))
        return _path_lengths(pl.select(emptied).to_series())
    lengths = np.full(len(texts), np.nan)
    if len(ends):
        lengths[is_good] = _lengths(_numbers(values, ends, sizes), bounds[:-1][is_good] // 2)
    return pl.Series(lengths, nan_to_null=True)


def _bytes(texts: pl.Series) -> tuple[np.ndarray, np.ndarray]:
    """Return where each text begins and ends, and the five-bit values with their mark."""
    array = texts.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest()).cast(pa.large_string())
    _, starts, characters = array.buffers()
    offsets = np.frombuffer(starts, np.int64)[array.offset : array.offset + len(array) + 1]
    if characters is None:
        return offsets - offsets[0], np.empty(0, np.uint8)
    used = np.frombuffer(characters, np.uint8)[offsets[0] : offsets[-1]]
    # Characters before the first of the format wrap around, and are found foreign all the same.
    return offsets - offsets[0], used - np.uint8(63)


def _readable(
    offsets: np.ndarray,
    values: np.ndarray,
    is_last: np.ndarray,
    ends: np.ndarray,
    sizes: np.ndarray,
    bounds: np.ndarray,
) -> np.ndarray:
    """Return for each text whether it holds whole points of the format's characters only."""
    good = np.diff(offsets) > 0
    filled = good.copy()
    good[filled] = is_last[offsets[1:][filled] - 1]
    good &= np.diff(bounds) % 2 == 0
    if len(values) and values.max() >= 64:
        foreign = np.flatnonzero(values >= 64)
        good[np.searchsorted(offsets, foreign, side="right") - 1] = False
    if good[filled].all():  # else the rest of a garbled text would lengthen what follows it
        long = ends[sizes > _LONGEST]
        good[np.searchsorted(offsets, long, side="right") - 1] = False
    return np.asarray(good)


def _numbers(values: np.ndarray, ends: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    longest = int(sizes.max())
    kind = np.int32 if longest <= _FITS_32_BITS else np.int64
    bits = values & np.uint8(0x1F)
    # Most numbers have one or two characters: each is joined with the next, unless it is the last.
    pairs = bits.astype(np.uint16)
    following = bits[1:] * (values[:-1] >> 5)
    pairs[:-1] |= following.astype(np.uint16) << np.uint16(5)
    starts = ends - (sizes - 1)
    numbers = pairs[starts].astype(kind)
    there = np.flatnonzero(sizes > 2)
    for place in range(2, longest):
        # Ever fewer numbers have a further place.
        numbers[there] |= bits[starts[there] + place].astype(kind) << kind(5 * place)
        there = there[sizes[there] > place + 1]
    signs = numbers & kind(1)
    numbers >>= kind(1)
    numbers ^= np.negative(signs, out=signs)
    return np.asarray(numbers)


def _lengths(numbers: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Sum the great-circle lengths of the steps of each path, `first` being where each begins."""
    latitude, longitude = numbers[::2].astype(np.int64), numbers[1::2]
    north, east = _steps(latitude, first), _steps(longitude, first)
    # One sum over all: each path begins by taking back where the one before it ended.
    latitude[first[1:]] -= np.add.reduceat(latitude, first)[:-1]
    cosine = np.cumsum(latitude, out=latitude) * _STEP_RAD
    np.cos(cosine, out=cosine)
    is_flat = max(-north.min(), north.max(), -east.min(), east.max()) <= _FLAT_RAD
    if not is_flat:
        north, east = 2.0 * np.sin(north / 2.0), 2.0 * np.sin(east / 2.0)
    chord = np.square(north, out=north)
    east *= east
    east *= cosine
    east[1:] *= cosine[:-1]
    chord += east
    np.sqrt(chord, out=chord)
    if not is_flat:
        # Garbled latitudes beyond the poles would take more than the whole chord.
        chord = 2.0 * np.arcsin(np.clip(chord / 2.0, 0.0, 1.0))
    return np.asarray(np.add.reduceat(chord, first) * EARTH_RADIUS_M)


def _steps(numbers: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Return the steps in radians; the first point of a path is reached by none."""
    steps = numbers * _STEP_RAD
    steps[first] = 0.0
    return np.asarray(steps)
