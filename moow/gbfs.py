"""`moow gbfs`: the feeds of the open standard."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from moow.console import console, read_settings
from warehouse.errors import SettingsError
from warehouse.feeds import is_folder, parse_feeds, shown
from warehouse.settings import Settings

app = typer.Typer(
    help="GBFS feeds: archive their snapshots.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.callback()
def group() -> None:
    """GBFS feeds: archive their snapshots."""
    # Without a callback a group of one command takes its place, and its name would be lost.


@app.command()
def watch(
    city: Annotated[str, typer.Option(help="Short name of the city, as in MOOW_GBFS_FEEDS.")],
    address: Annotated[
        str | None,
        typer.Option(help="Of gbfs.json; by default the city's address in MOOW_GBFS_FEEDS."),
    ] = None,
    every: Annotated[float, typer.Option(min=1, help="Seconds between two snapshots.")] = 60,
    times: Annotated[
        int | None, typer.Option(min=1, help="So many snapshots; by default until stopped.")
    ] = None,
    folder: Annotated[
        Path | None, typer.Option(help="Where they go; by default MOOW_HOME/gbfs/CITY.")
    ] = None,
) -> None:
    """Archive a feed's snapshots into a folder that the hourly run reads.

    An hourly run sees a feed once an hour, and a ride takes minutes: rides can be inferred only
    from a feed that is watched. Keep this running beside the schedule, and name the folder in
    MOOW_GBFS_FEEDS (city=folder).
    """
    from extract.gbfs.watch import Watch

    settings = read_settings()
    source = address or _address(settings, city)
    target = (folder or settings.home / "gbfs" / city).expanduser().absolute()
    console.print(f"watching {shown(source)}; snapshots go to {target}", soft_wrap=True)
    watcher = Watch(source, target, lambda: datetime.now(UTC), time.sleep, _say)
    written = watcher.run(every, times)
    console.print(
        f"{written} snapshots kept; read them with MOOW_GBFS_FEEDS={city}={target}", soft_wrap=True
    )


def _address(settings: Settings, city: str) -> str:
    place = parse_feeds(settings.gbfs_feeds).get(city)
    if place is None or is_folder(place):
        raise SettingsError(
            f"no address to watch for the city {city!r} in MOOW_GBFS_FEEDS; give one with "
            "--address, for instance --address https://example.org/gbfs.json"
        )
    return place


def _say(sentence: str) -> None:
    console.print(sentence, soft_wrap=True)
