"""Feeds as settings name them, ``city=address`` pairs, and the settings' types made of that."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

from warehouse.addresses import is_http

_CITY = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_EXAMPLE = "for instance trikala=https://feeds.example.org/trikala,volos=/srv/feeds/volos"


def parse_feeds(text: str | None) -> dict[str, str]:
    """Read ``city=address`` pairs, separated by commas or line ends.

    Parameters
    ----------
    text
        An address is ``http://...``, ``https://...`` or a folder; empty text gives no feed.

    Returns
    -------
    dict of str to str
        City to address, in the order given; folders as absolute paths.

    Raises
    ------
    ValueError
        When a pair is no pair, a city is no short name or named twice, or an address lacks a host.
    """
    feeds: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in re.split(r"[,\n]", text or ""))):
        city, separator, address = (piece.strip() for piece in pair.partition("="))
        if not separator or not address:
            raise ValueError(f"pairs of city and address, {_EXAMPLE}")
        if not _CITY.fullmatch(city):
            raise ValueError(f"pairs whose city is a short name of small letters, {_EXAMPLE}")
        if city in feeds:
            raise ValueError(f"pairs that name each city once ({city} is there twice), {_EXAMPLE}")
        feeds[city] = _address(address)
    return feeds


def is_folder(address: str) -> bool:
    """Whether a feed's address is a folder."""
    return not address.startswith(("http://", "https://"))


def shown(address: str) -> str:
    """Return an address without the password or token that it may carry."""
    if is_folder(address):
        return address
    parts = urlsplit(address)
    host = parts.netloc.rsplit("@", 1)[-1]
    return f"{parts.scheme}://{host}{parts.path}"


def parse_moment(text: str) -> datetime:
    """Read a date or a time of UTC, such as ``2026-01-31`` or ``2026-01-31T06:00Z``.

    Raises
    ------
    ValueError
        When it is neither.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise ValueError(
            "a date or a time, for instance 2026-01-31 or 2026-01-31T06:00Z"
        ) from error
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _address(text: str) -> str:
    if "://" not in text:
        return str(Path(text).expanduser().absolute())
    if not is_http(text):
        raise ValueError(f"pairs whose address begins with https:// or is a folder, {_EXAMPLE}")
    return text.rstrip("/")


def _checked_feeds(text: str | None) -> str | None:
    parse_feeds(text)
    return text


def _checked_moment(text: str | None) -> str | None:
    if text is not None:
        parse_moment(text)
    return text


def _checked_station_files(text: str) -> str:
    is_address = text.startswith(("http://", "https://", "file://"))
    if text and not (is_address and "{year}" in text and "{station}" in text):
        example = "file:///data/meteostat/hourly/{year}/{station}.csv.gz"
        raise ValueError(f"an address with {{year}} and {{station}}, for instance {example}")
    return text


#: A setting that names feeds; its value stays the text, `parse_feeds` reads it.
FeedsSetting = Annotated[str | None, AfterValidator(_checked_feeds)]
#: A setting that names a time; `parse_moment` reads it.
MomentSetting = Annotated[str | None, AfterValidator(_checked_moment)]
#: A setting that is the address of weather files by year and station; empty is the default one.
StationFilesSetting = Annotated[str, AfterValidator(_checked_station_files)]
