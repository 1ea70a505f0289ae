"""Lengths of many encoded paths at once.

Source of the format: Google, "Encoded Polyline Algorithm Format". Decoding a million characters
one by one takes seconds; here whole columns are decoded together.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from geography.crs import haversine_m

_FACTOR = 1e5


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
    texts = [text.encode("utf-8", "replace") if text else b"" for text in polylines]
    sizes = np.fromiter((len(text) for text in texts), dtype=np.int64, count=len(texts))
    chunks = np.frombuffer(b"".join(texts), dtype=np.uint8).astype(np.int64) - 63
    owner = np.repeat(np.arange(len(texts)), sizes)
    is_good = _readable(chunks, owner, sizes)
    chunks, owner = chunks[is_good[owner]], owner[is_good[owner]]
    if not len(chunks):
        return pl.Series([None] * len(texts), dtype=pl.Float64)
    numbers, owner = _numbers(chunks, owner)
    latitude, longitude, owner = *_positions(numbers, owner), owner[::2]
    steps = haversine_m(latitude[:-1], longitude[:-1], latitude[1:], longitude[1:])
    inside = owner[1:] == owner[:-1]
    lengths = np.bincount(owner[1:][inside], weights=steps[inside], minlength=len(texts))
    return pl.Series(np.where(is_good, lengths, np.nan), nan_to_null=True)


def _readable(chunks: np.ndarray, owner: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Return for each text whether it holds whole points of the format's characters only."""
    foreign = np.bincount(owner[(chunks < 0) | (chunks >= 64)], minlength=len(sizes)) > 0
    is_last = chunks < 0x20
    ends = np.bincount(owner[is_last], minlength=len(sizes))
    final = np.zeros(len(sizes), dtype=bool)
    filled = sizes > 0
    final[filled] = is_last[np.cumsum(sizes)[filled] - 1]
    # A coordinate takes at most seven characters; more would overflow what follows.
    runs = np.diff(np.flatnonzero(is_last), prepend=-1)
    long = np.bincount(owner[is_last][runs > 7], minlength=len(sizes)) > 0
    return np.asarray(filled & final & (ends % 2 == 0) & ~foreign & ~long)


def _numbers(chunks: np.ndarray, owner: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    is_last = chunks < 0x20
    ends = np.flatnonzero(is_last)
    starts = np.concatenate([[0], ends[:-1] + 1])
    place = np.arange(len(chunks)) - np.repeat(starts, ends - starts + 1)
    values = np.add.reduceat((chunks & 0x1F) << (5 * place), starts)
    return np.where(values & 1, ~(values >> 1), values >> 1), owner[ends]


def _positions(numbers: np.ndarray, owner: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sum the steps of each path; a path begins anew where its owner changes."""
    first = np.flatnonzero(np.diff(owner[::2], prepend=-1))
    positions = []
    for axis in (numbers[::2], numbers[1::2]):
        total = np.cumsum(axis)
        before = np.repeat(total[first] - axis[first], np.diff(first, append=len(axis)))
        positions.append((total - before) / _FACTOR)
    return positions[0], positions[1]
