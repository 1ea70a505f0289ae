"""Encoded polylines, precision 5: the text form of a path in many mapping interfaces.

Source: Google, "Encoded Polyline Algorithm Format".
"""

from itertools import pairwise

import numpy as np
import numpy.typing as npt

_FACTOR = 1e5


def encode(latitude: npt.ArrayLike, longitude: npt.ArrayLike) -> str:
    """Encode a path given in degrees, shapes (n,); an empty path gives an empty text."""
    points = np.column_stack([np.asarray(latitude, float), np.asarray(longitude, float)])
    rounded = np.rint(points * _FACTOR).astype(np.int64)
    steps = np.diff(rounded, axis=0, prepend=np.zeros((1, 2), dtype=np.int64))
    return "".join(_encode_number(int(value)) for value in steps.ravel())


def _encode_number(value: int) -> str:
    value = ~(value << 1) if value < 0 else value << 1
    chunks = []
    while value >= 0x20:
        chunks.append(chr((0x20 | (value & 0x1F)) + 63))
        value >>= 5
    chunks.append(chr(value + 63))
    return "".join(chunks)


def decode(text: str) -> npt.NDArray[np.float64]:
    """Decode a polyline into latitude and longitude, degrees, shape (n, 2).

    Raises
    ------
    ValueError
        When the text holds characters outside the format or ends within a number.
    """
    numbers, value, shift = [], 0, 0
    for character in text:
        chunk = ord(character) - 63
        if not 0 <= chunk < 64:
            raise ValueError(f"{character!r} does not belong in an encoded polyline")
        value |= (chunk & 0x1F) << shift
        shift += 5
        if chunk < 0x20:
            numbers.append(~(value >> 1) if value & 1 else value >> 1)
            value, shift = 0, 0
    if shift or len(numbers) % 2:
        raise ValueError("the encoded polyline ends within a point")
    return np.asarray(numbers, dtype=np.float64).reshape(-1, 2).cumsum(axis=0) / _FACTOR


def length_m(x_m: npt.ArrayLike, y_m: npt.ArrayLike) -> float:
    """Length of a path in metric coordinates, metres; 0 for fewer than two points."""
    points = zip(np.asarray(x_m, float).tolist(), np.asarray(y_m, float).tolist(), strict=True)
    return float(sum(np.hypot(bx - ax, by - ay) for (ax, ay), (bx, by) in pairwise(points)))
