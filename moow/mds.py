"""`moow mds`: the provider feeds of the open standard MDS 2.0."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from moow.console import console, read_settings
from warehouse.errors import MoowError, SettingsError
from warehouse.feeds import parse_feeds, parse_moment, shown
from warehouse.settings import Settings

app = typer.Typer(
    help="MDS 2.0 feeds: what they offer, their history.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Cities = Annotated[
    list[str] | None, typer.Option("--city", help="Only this city; may be given several times.")
]


@app.command()
def check(cities: Cities = None) -> None:
    """Ask every endpoint of the feeds once and say what it gives; loads nothing."""
    from extract.mds.offer import offer

    settings = read_settings()
    for city, address in _feeds(settings, cities).items():
        console.print(f"{city}, {shown(address)}", soft_wrap=True)
        for endpoint, said in offer(settings, city, address, datetime.now(UTC)):
            console.print(f"  /{endpoint}: {said}", soft_wrap=True)


@app.command()
def load(
    since: Annotated[str, typer.Option(help="A date or a time of UTC, for instance 2026-01-31.")],
    cities: Cities = None,
) -> None:
    """Read feeds again from a time on: history older than the first run, or published very late.

    What is there already stays as it is or is corrected; an interrupted reading is gone on with by
    the next run. A run reads what is new by itself: this command is for the past.
    """
    from extract.loading import LOCK_WAIT_S
    from extract.mds.load import MdsLoad
    from extract.schemas import create_raw_tables
    from warehouse.connection import open_warehouse

    settings = read_settings()
    wanted = list(_feeds(settings, cities))
    try:
        begin = parse_moment(since)
    except ValueError as error:
        raise MoowError(f"--since is {since!r}; it should be {error}") from error
    with open_warehouse(settings) as warehouse, warehouse.lock("extract", LOCK_WAIT_S):
        create_raw_tables(warehouse)
        reading = MdsLoad(settings, warehouse, wanted, datetime.now(UTC), since=begin)
        counts = reading.run()
    for relation, count in sorted(counts.items()):
        console.print(f"{relation}: {count:,} rows")
    for sentence in [*reading.problems, *reading.notes]:
        console.print(sentence, soft_wrap=True)
    if not counts:
        console.print("nothing new")


def _feeds(settings: Settings, cities: list[str] | None) -> dict[str, str]:
    feeds = parse_feeds(settings.mds_feeds)
    if not feeds:
        raise SettingsError(
            "no MDS feed is set; set MOOW_MDS_FEEDS, for instance "
            "volos=https://mds.example.org/volos, and MOOW_MDS_TOKEN"
        )
    unknown = [city for city in cities or () if city not in feeds]
    if unknown:
        raise SettingsError(
            f"MOOW_MDS_FEEDS names no city {unknown[0]!r}; it names {', '.join(feeds)}"
        )
    return {city: feeds[city] for city in cities or feeds}
