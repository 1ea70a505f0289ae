"""Single values of MDS: what JSON may hold in their place, read or None."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from extract.json_text import json_text

_EPOCH_END_MS = 253_402_300_799_000  # the last second of the year 9999
#: Decimals of the currencies that have not two.
_DECIMALS = {
    **dict.fromkeys(("CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}


def clean(written: str) -> str:
    """Return a text as Postgres and polars take it: no zero byte, no half of a character.

    JSON may name both, the second as one of the two parts that make a sign such as an emoji.
    """
    return written.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def text(value: Any) -> str | None:
    """Read an id or a name; a number is taken as its digits."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return clean(str(value)).strip() or None


def texts(value: Any) -> str | None:
    """Read one value or an array of them, separated by commas."""
    items = value if isinstance(value, list) else [value]
    read = [item for item in map(text, items) if item is not None]
    return ",".join(read) or None


def number(value: Any) -> float | None:
    """Read a finite number, also one written as text."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        read = float(value)
    except (ValueError, OverflowError):
        return None
    return read if math.isfinite(read) else None


def flag(value: Any) -> bool | None:
    """Read a boolean; some feeds write 0 and 1."""
    return bool(value) if isinstance(value, bool) or value in (0, 1) else None


def moment(value: Any) -> datetime | None:
    """Read milliseconds since 1970."""
    milliseconds = number(value)
    if milliseconds is None or not 0 <= milliseconds <= _EPOCH_END_MS:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def position(location: Any) -> dict[str, float | None]:
    """Read a GPS object, or a GeoJSON point as MDS 1 had it.

    Returns
    -------
    dict
        ``latitude longitude accuracy_m speed_kmh``, None where it does not say.
    """
    gps = location if isinstance(location, dict) else {}
    geometry = gps.get("geometry") if isinstance(gps.get("geometry"), dict) else gps
    corners = geometry.get("coordinates") if isinstance(geometry, dict) else None
    if isinstance(corners, list) and len(corners) >= 2:
        gps = {"lat": corners[1], "lng": corners[0]}
    speed = number(gps.get("speed"))
    return {
        "latitude": number(gps.get("lat")),
        "longitude": number(gps.get("lng")),
        "accuracy_m": number(gps.get("horizontal_accuracy")),
        "speed_kmh": None if speed is None else speed * 3.6,
    }


def money(value: Any, currency: str | None) -> Decimal | None:
    """Read a cost, which MDS gives in the smallest unit of the currency; without one, US cents."""
    amount = number(value)
    # Beyond this the column has no digits for it.
    if amount is None or abs(amount) >= 1e11:
        return None
    decimals = _DECIMALS.get((currency or "USD").upper(), 2)
    return Decimal(str(amount)).scaleb(-decimals).quantize(Decimal("0.01"))


def count(value: Any) -> int | None:
    """Read a count, or the sum of counts by vehicle type."""
    values = list(value.values()) if isinstance(value, dict) else [value]
    read = [item for item in map(number, values) if item is not None and 0 <= item < 1e9]
    return int(sum(read)) if read else None


def original(value: Any) -> str:
    """Return a record as text, as it is kept when it is rejected; or a part of one."""
    return clean(json_text(value, ensure_ascii=False).replace("\\u0000", "\\ufffd"))
