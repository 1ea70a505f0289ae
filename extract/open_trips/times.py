"""Times of trip files: with an offset, or as a clock of the city shows them.

A clock goes through an hour twice in autumn: the first pass is meant, the second where the trip
would end before it starts. In spring it leaves an hour out: a clock that was not set yet is
meant, so 02:30 reads as 03:30. Dates with slashes put the month first.
"""

from __future__ import annotations

import polars as pl

from warehouse.errors import SourceError

_SLASHED = r"^\s*(\d{1,2})/(\d{1,2})/\d{4}"
_MONTHS = 12
_LOCAL_FORMATS = (
    *("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%.f"),
    *("%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%m/%d/%Y %H:%M", "%m/%d/%Y %H:%M:%S"),
    "%m/%d/%Y %I:%M:%S %p",
)


def check_day_order(texts: pl.Series) -> None:
    """See that dates with slashes put the month first, as far as they tell.

    Raises
    ------
    SourceError
        When some can only be read with the day first and none only with the month first: then
        the others would be read as another day.
    """
    parts = texts.drop_nulls().str.extract_groups(_SLASHED).struct.unnest()
    first, second = (parts[name].cast(pl.Int32) for name in ("1", "2"))
    day_first = texts.drop_nulls().filter((first > _MONTHS) & (second <= _MONTHS))
    if not day_first.is_empty() and not (second > _MONTHS).any():
        raise SourceError(
            f"dates such as {day_first[0]!r} put the day first, and the month is read first; "
            "write them as 2026-01-31"
        )


def parse_times(texts: pl.Series, timezone: str) -> pl.DataFrame:
    """Read times.

    Parameters
    ----------
    texts
        As the file has them.
    timezone
        Of the texts that carry no offset.

    Returns
    -------
    polars.DataFrame
        ``first`` and ``second``, UTC: they differ only in the hour that a clock shows twice.
        Null where a text is no time.
    """
    exact = texts.str.to_datetime("%+", time_unit="us", time_zone="UTC", strict=False)
    local = pl.Series([None] * len(texts), dtype=pl.Datetime("us"))
    for form in _LOCAL_FORMATS:
        if (exact.is_null() & local.is_null() & texts.is_not_null()).any():
            parsed = texts.str.to_datetime(form, time_unit="us", strict=False)
            local = pl.select(pl.coalesce(local, parsed)).to_series()
    return pl.DataFrame(
        {
            name: pl.select(pl.coalesce(exact, _to_utc(local, timezone, pass_))).to_series()
            for name, pass_ in (("first", "earliest"), ("second", "latest"))
        }
    )


def _to_utc(local: pl.Series, timezone: str, pass_: str) -> pl.Series:
    def located(naive: pl.Series) -> pl.Series:
        return naive.dt.replace_time_zone(
            timezone,
            ambiguous=pass_,  # type: ignore[arg-type]
            non_existent="null",
        ).dt.convert_time_zone("UTC")

    return pl.select(pl.coalesce(located(local), located(local.dt.offset_by("1h")))).to_series()
