"""`moow`: the commands."""

import signal
import sys
import time
from pathlib import Path
from typing import Annotated

import psutil
import typer

from moow import gbfs, marts, mds, planning, telemetry
from moow.console import begin, console, errors, set_up_logging
from warehouse.errors import MoowError


def _process_start() -> float:
    """When this process began, on the clock of ``time.perf_counter``: before Python's imports."""
    created: float = psutil.Process().create_time()
    if sys.platform == "linux":
        # Linux tells the time since boot; psutil adds a time of boot that is rounded to a second.
        booted: float = psutil.boot_time()
        age = time.clock_gettime(time.CLOCK_BOOTTIME) - (created - booted)
    else:
        age = time.time() - created
    return time.perf_counter() - max(0.0, age)


_STARTED = _process_start()

app = typer.Typer(
    help="Analytics and field operations for shared scooter fleets.",
    epilog="Settings come from MOOW_* in the environment or .env; moow doctor checks them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

app.add_typer(planning.app, name="planning")
app.add_typer(telemetry.app, name="telemetry")
app.add_typer(gbfs.app, name="gbfs")
app.add_typer(mds.app, name="mds")

Cities = Annotated[
    list[str] | None, typer.Option("--city", help="Only this city; may be given several times.")
]
AsOf = Annotated[
    str | None,
    typer.Option(help="The clock, for instance 2026-06-01T06:00Z: nothing later is known."),
]


@app.command()
def demo(
    cities: Cities = None,
    days: Annotated[int, typer.Option(min=2, max=400, help="Days of rides.")] = 56,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the simulated world.")] = 7,
    serve: Annotated[bool, typer.Option(help="Serve the app at the end.")] = True,
) -> None:
    """Simulate six cities, run them, serve the app.

    What was done already is not done again. A bad cell or zone does not stop it, but is told after
    the run, and the exit code is 1.
    """
    from moow.demo import run_demo

    if run_demo(begin(), cities, days=days, seed=seed, serve=serve, started=_STARTED):
        raise typer.Exit(1)


@app.command()
def run(
    cities: Cities = None,
    as_of: AsOf = None,
    nightly: Annotated[bool, typer.Option(help="Train and judge the models anew.")] = False,
) -> None:
    """Run the main job: from the sources to routes.

    Extract, dbt, models, tasks, routes, dbt again.

    With --as-of everything is built anew for that clock: the same inputs give the same rows.
    A bad cell or zone does not stop it, but is told at the end, and the exit code is 1.
    """
    from moow.runs import parse_as_of, run_main_job

    clock = parse_as_of(as_of)
    done = run_main_job(begin(), cities, clock, started=_STARTED, is_nightly=nightly)
    if done.problems:
        raise typer.Exit(1)


@app.command(name="app")
def serve_app() -> None:
    """Serve the field workers' app and the dashboard."""
    from moow.serving import serve

    serve(begin())


@app.command()
def schedule() -> None:
    """Run the hourly and nightly job by the clock."""
    from flows.server import prefect_server

    with prefect_server(begin(), with_scheduler=True):
        from flows.schedule import serve_schedule

        serve_schedule()


@app.command()
def doctor() -> None:
    """Check settings and connections; say what to mend."""
    from moow.doctor.examination import examine, show

    set_up_logging("ERROR")
    if not show(examine()):
        raise typer.Exit(1)


@app.command()
def simulate(
    hours: Annotated[int, typer.Option(min=1, max=24 * 60, help="Hours to go on.")] = 1,
) -> None:
    """Let the demo's world go on for some hours."""
    from simulator.run import advance

    report = advance(begin(), hours)
    console.print(str(report))


@app.command(name="load-trips")
def load_trips(
    paths: Annotated[list[Path], typer.Argument(help="CSV files, also .csv.gz.")],
    city: Annotated[str, typer.Option(help="Short name of the city, for instance louisville.")],
    timezone: Annotated[str, typer.Option(help="For instance America/Kentucky/Louisville.")],
    crs: Annotated[str, typer.Option(help="Coordinates in metres, for instance EPSG:32616.")],
    stations: Annotated[
        Path | None, typer.Option(help="CSV of stations: id, name, capacity, position.")
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option("--column", help="OURS=THEIRS where a column's name is not recognised."),
    ] = None,
    max_distance_km: Annotated[
        float, typer.Option(min=0.1, help="Farther from the middle of the trips is not the city.")
    ] = 30.0,
    currency: Annotated[str, typer.Option(help="Currency of the city.")] = "EUR",
) -> None:
    """Load trips of a city from CSV files.

    Rows that cannot be true are counted and kept apart. Columns are found by their names; name
    those that are not with --column, once each.

    For instance:

    moow load-trips trips_2019-01.csv --city louisville --timezone America/Kentucky/Louisville
    --crs EPSG:32616

    moow load-trips rentals.csv --stations stations.csv --city pittsburgh --timezone
    America/New_York --crs EPSG:32617 --column started_at=Starttime
    """
    from moow.trips import load

    load(
        begin(),
        paths,
        city=city,
        timezone=timezone,
        crs=crs,
        stations=stations,
        columns=columns or [],
        max_distance_km=max_distance_km,
        currency=currency,
    )


@app.command(name="adopt-parkings")
def adopt_parkings(
    city: Annotated[str, typer.Option(help="The city.")],
    count: Annotated[int, typer.Option(min=1, help="At most so many in all, the best first.")] = 40,
) -> None:
    """Turn a city's best suggestions into parkings.

    For a city of a trip file, which has none. Repeated, it adds nothing that is not new.

    For instance:

    moow adopt-parkings --city louisville --count 30
    """
    from moow.trips import adopt

    adopt(begin(), city, count)


@app.command(name="set-pin")
def set_pin(
    worker: Annotated[str, typer.Argument(help="Id of the worker in the planning sheet.")],
    pin: Annotated[str | None, typer.Option(help="The PIN; asked for when not given.")] = None,
    city: Annotated[
        str | None, typer.Option(help="City of a worker whom no planning sheet names.")
    ] = None,
) -> None:
    """Give a worker a PIN for the app.

    For instance, the PIN asked for twice:

    moow set-pin kozani-1

    A worker whom no planning sheet names needs a city:

    moow set-pin maria --city louisville
    """
    from moow.serving import give_pin

    settings = begin()
    chosen = pin or typer.prompt("PIN", hide_input=True, confirmation_prompt=True)
    give_pin(settings, worker, chosen, city)
    console.print(f"{worker} can sign in")


def run_cli() -> None:
    """Run the command line; an error a person can mend is one sentence and exit code 1."""
    # What was started is stopped on the way out, whoever asks us to end.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        app()
    except MoowError as error:
        errors.print(f"moow: {error}", style="red", markup=False, soft_wrap=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


# At the end of the help, after what runs every day.
app.add_typer(marts.app)


if __name__ == "__main__":
    run_cli()
