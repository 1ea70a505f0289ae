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
    offsets, values = _bytes(texts)
    is_last = values < 0x20
    ends = np.flatnonzero(is_last)
    is_good = _readable(offsets, values, is_last, ends)
    if not is_good[np.diff(offsets) > 0].all():
        readable = pl.Series(is_good)
        return path_lengths(pl.select(pl.when(readable).then(texts)).to_series())
    lengths = np.full(len(texts), np.nan)
    if len(ends):
        lengths[is_good] = _lengths(_numbers(values, ends), np.searchsorted(ends, offsets), is_good)
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
    offsets: np.ndarray, values: np.ndarray, is_last: np.ndarray, ends: np.ndarray
) -> np.ndarray:
    """Return for each text whether it holds whole points of the format's characters only."""
    sizes = np.diff(offsets)
    good = sizes > 0
    good[good] = is_last[offsets[1:][good] - 1]
    good &= np.diff(np.searchsorted(ends, offsets)) % 2 == 0
    foreign = np.flatnonzero(values >= 64)
    good[np.searchsorted(offsets, foreign, side="right") - 1] = False
    if good[sizes > 0].all():  # else the rest of a garbled text would lengthen what follows it
        long = ends[np.diff(ends, prepend=-1) > _LONGEST]
        good[np.searchsorted(offsets, long, side="right") - 1] = False
    return np.asarray(good)


def _numbers(values: np.ndarray, ends: np.ndarray) -> np.ndarray:
    starts = np.concatenate([[0], ends[:-1] + 1])
    sizes = ends - starts + 1
    longest = int(sizes.max())
    kind = np.int32 if longest <= _FITS_32_BITS else np.int64
    bits = values & np.uint8(0x1F)
    numbers = bits[starts].astype(kind)
    for place in range(1, longest):
        there = np.flatnonzero(sizes > place)
        numbers[there] |= bits[starts[there] + place].astype(kind) << kind(5 * place)
    return np.asarray((numbers >> 1) ^ -(numbers & 1))


def _lengths(numbers: np.ndarray, bounds: np.ndarray, is_good: np.ndarray) -> np.ndarray:
    """Sum the great-circle lengths of the steps of each path (the haversine formula)."""
    first = (bounds[:-1][is_good]) // 2
    steps_latitude, steps_longitude = numbers[::2], numbers[1::2]
    total = np.cumsum(steps_latitude, dtype=np.int64)
    before = total[first] - steps_latitude[first]
    latitude = (total - np.repeat(before, np.diff(first, append=len(total)))) * _STEP_RAD
    cosine = np.cos(latitude)
    south_north = np.sin(steps_latitude[1:] * (_STEP_RAD / 2.0))
    west_east = np.sin(steps_longitude[1:] * (_STEP_RAD / 2.0))
    inside = south_north**2 + cosine[:-1] * cosine[1:] * west_east**2
    metres = np.zeros(len(total))
    # Garbled latitudes beyond the poles would take the root of a hair more than one.
    metres[1:] = np.arcsin(np.sqrt(np.clip(inside, 0.0, 1.0))) * (2.0 * EARTH_RADIUS_M)
    metres[first] = 0.0
    return np.asarray(np.add.reduceat(metres, first))
