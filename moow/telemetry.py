"""`moow telemetry`: filling the store of pings."""

import time
from datetime import UTC, datetime
from typing import Annotated

import typer

from moow.console import console, errors, read_settings, show_notes
from moow.runs import parse_as_of
from warehouse.connection import open_warehouse
from warehouse.errors import SettingsError, SourceError, WarehouseError
from warehouse.settings import Settings

app = typer.Typer(
    help="VictoriaMetrics, the store of pings: fill it, ask it.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command()
def ingest(
    cities: Annotated[
        list[str] | None, typer.Option("--city", help="Only the files of this city; repeatable.")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option(help="As if it were this time, for instance 2026-06-01T06:00Z.")
    ] = None,
    messages: Annotated[
        bool, typer.Option(help="Read telemetry_messages of the operational database too.")
    ] = True,
    again: Annotated[
        bool, typer.Option(help="Read all files again, for a store that lost its data.")
    ] = False,
    every: Annotated[
        int | None, typer.Option(min=10, help="Do so every so many seconds until stopped.")
    ] = None,
) -> None:
    """Write new messages into VictoriaMetrics.

    They come from ping files and the operational database. Only what is new is read; running it
    again, or killing it, does no harm. Messages that cannot be true go to
    raw_telemetry.pings_rejected. Beside moow schedule: moow telemetry ingest --every 300.
    """
    settings = read_settings()
    _url(settings)
    clock = parse_as_of(as_of)
    while True:
        try:
            _ingest(settings, cities, clock or datetime.now(UTC), messages=messages, again=again)
        except (SourceError, WarehouseError) as error:
            # What is away now may be back the next time.
            if every is None:
                raise
            errors.print(f"moow: {error}", style="red", markup=False, soft_wrap=True)
        if every is None:
            return
        again = False
        rest(every)


def rest(seconds: int) -> None:
    """Wait for the next round."""
    time.sleep(seconds)


def _ingest(
    settings: Settings, cities: list[str] | None, until: datetime, *, messages: bool, again: bool
) -> None:
    from extract.telemetry.ingest import ingest_telemetry

    with open_warehouse(settings) as warehouse:
        report = ingest_telemetry(
            settings, warehouse, cities, until, with_messages=messages, again=again
        )
    console.print(str(report))
    show_notes(report.notes)


@app.command()
def status() -> None:
    """Say how the store is and how long it keeps pings."""
    from extract.telemetry.victoria_metrics import open_store

    settings = read_settings()
    with open_store(_url(settings)) as store:
        state = store.state()
        console.print(f"VictoriaMetrics at {store.address} answers")
    if state.started_at:
        started = datetime.fromtimestamp(state.started_at, UTC)
        console.print(f"it runs since {started:%Y-%m-%d %H:%M} UTC and keeps {state.retention}")
        console.print(f"it threw away {state.refused_count:,} samples since then")
    else:
        console.print("it does not show /metrics, so what it refuses goes unseen")


def _url(settings: Settings) -> str:
    if settings.victoria_metrics_url is None:
        raise SettingsError(
            "MOOW_VICTORIA_METRICS_URL is not set, so ping files are the store; "
            "set it to a VictoriaMetrics, for instance http://victoria-metrics:8428"
        )
    return settings.victoria_metrics_url
