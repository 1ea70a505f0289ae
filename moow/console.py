"""What the command line shows: log lines, a line that moves on a terminal, summaries."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.logging import RichHandler
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from warehouse.settings import Settings, load_settings, make_home

if TYPE_CHECKING:
    from flows.run import Run

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)

_OURS = (
    *("dashboards", "extract", "flows", "geography", "ml", "moow", "routing", "simulator"),
    *("warehouse", "worker_app"),
)


def set_up_logging(level: str) -> None:
    """Show our own messages from `level` on, and of the libraries only warnings."""
    handler: logging.Handler
    if errors.is_terminal:
        handler = RichHandler(console=errors, show_path=False, log_time_format="%H:%M:%S")
        # It shows the time and the level itself.
        handler.setFormatter(logging.Formatter("%(message)s"))
    else:
        handler = logging.StreamHandler()
        handler.setFormatter(
            logging.Formatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s", "%H:%M:%S")
        )
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for name in _OURS:
        logging.getLogger(name).setLevel(level)


def read_settings() -> Settings:
    """Settings of a command that may make nothing, its log set up."""
    settings = load_settings()
    set_up_logging(settings.log_level)
    return settings


def begin() -> Settings:
    """Settings of a command, its home folder made and its log set up."""
    settings = read_settings()
    make_home(settings)
    return settings


@contextmanager
def steps_shown() -> Iterator[None]:
    """Show the step at work on a terminal's last line; elsewhere the log lines tell it."""
    if not errors.is_terminal:
        yield
        return
    from flows.run import STEP_LISTENER

    with errors.status("") as status:
        token = STEP_LISTENER.set(lambda name: status.update(f"{name} ..." if name else ""))
        try:
            yield
        finally:
            STEP_LISTENER.reset(token)


@contextmanager
def simulation_shown(city_count: int) -> Iterator[Callable[[str], None]]:
    """Give what to call with each city that is done; a bar shows it on a terminal."""
    if not errors.is_terminal:
        yield lambda _city: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=errors, transient=True) as progress:
        task = progress.add_task("simulating cities", total=city_count)
        yield lambda _city: progress.advance(task)


def show_run(run: "Run", seconds: float, start_s: float) -> None:
    """Print what a run did and where its time went.

    Parameters
    ----------
    run
        The run.
    seconds
        Wall-clock of the whole command.
    start_s
        The part of it before the first step and after the last: imports and Prefect.
    """
    table = Table(title=f"{run.flow} run as of {_clocks(run)} UTC", title_justify="left")
    table.add_column("step")
    table.add_column("seconds", justify="right")
    for step in run.steps:
        table.add_row(step.name, f"{step.seconds:.1f}")
    table.add_row("all", f"{seconds:.1f}", style="bold")
    overhead = start_s + run.overhead_s
    table.add_row("of it overhead (Prefect, dbt start-up, imports)", f"{overhead:.1f}", style="dim")
    console.print(table)
    counts = ", ".join(f"{name} {number:,}" for name, number in run.counts.items())
    console.print(f"{', '.join(run.cities)}: {counts}", soft_wrap=True)
    show_notes(run.notes)
    show_problems(run.problems)


def _clocks(run: "Run") -> str:
    """The clock of the run's cities, or the first and last of them where they differ."""
    clocks = sorted(set(run.clocks.values())) or [run.as_of]
    return " to ".join(f"{clock:%Y-%m-%d %H:%M}" for clock in sorted({clocks[0], clocks[-1]}))


def show_problems(problems: Sequence[str], at_most: int = 20) -> None:
    """Print as errors what a person must mend; beyond `at_most` only how many there are."""
    for problem in problems[:at_most]:
        errors.print(f"moow: {problem}", style="red", markup=False, soft_wrap=True)
    if len(problems) > at_most:
        more = f"{len(problems) - at_most} more to mend, see raw_planning.cells_rejected"
        errors.print(f"moow: {more}", style="red", soft_wrap=True)


def show_notes(notes: Sequence[str], at_most: int = 12) -> None:
    """Print notes, one a line; beyond `at_most` only how many there are."""
    for note in list(dict.fromkeys(notes))[:at_most]:
        console.print(f"- {note}", soft_wrap=True)
    if len(notes) > at_most:
        console.print(f"- and {len(notes) - at_most} more, see rpt_data_quality", soft_wrap=True)
