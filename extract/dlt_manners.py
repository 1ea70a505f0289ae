"""How dlt is to behave: in silence, with errors of ours, and without holding memory."""

from __future__ import annotations

import logging
from typing import Any

import dlt
import pyarrow as pa
from dlt.pipeline.exceptions import PipelineStepFailed

from warehouse.errors import MoowError, WarehouseError
from warehouse.settings import export


def be_quiet() -> None:
    """No usage statistics, no warnings about hints that arrow types carry as well.

    dlt settles the former when it is first touched, from the environment only.
    """
    export(RUNTIME__DLTHUB_TELEMETRY="false")
    dlt.config["load.raise_on_max_retries"] = 1
    # Two files are loaded at once, each by a server process of its own; they live for seconds.
    dlt.config["load.workers"] = 2
    dlt.config["data_writer.file_max_items"] = 200_000
    dlt.config["data_writer.compression"] = "none"
    logging.getLogger("dlt").setLevel(logging.ERROR)
    # Arrow's own pool keeps what a large file took; a tenth of the peak of a first load.
    pa.set_memory_pool(pa.system_memory_pool())


def postgres_at(url: str) -> Any:
    """Return dlt's destination of a Postgres, which does not look up what it can do each time.

    It asks some twenty times a load, and would resolve its whole configuration for each answer, a
    third of the processor time of a small load; what Postgres can do depends on none of it.
    """
    destination = dlt.destinations.postgres(plain_url(url))
    capabilities = destination.capabilities

    def known(config: Any = None, naming: Any = None) -> Any:
        return capabilities(config or destination.spec(), naming)

    setattr(destination, "capabilities", known)  # noqa: B010 - mypy takes no other
    return destination


def plain_url(url: str) -> str:
    """Dlt takes ``postgresql://`` only."""
    return "postgresql://" + url.split("://", 1)[1]


def explained(error: PipelineStepFailed, schema: str) -> MoowError:
    """Return our own error when one lies at the bottom of dlt's, else one that quotes dlt's."""
    below: BaseException | None = error
    deepest: BaseException = error
    while below is not None:
        if isinstance(below, MoowError):
            return below
        deepest, below = below, below.__cause__ or below.__context__
    return WarehouseError(
        f"loading into {schema} failed at {error.step}: {_first_line(deepest)}; "
        "run it again, it goes on from where the tables stand"
    )


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
