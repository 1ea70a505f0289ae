"""When what was written into a VictoriaMetrics can be seen in it, and when it is kept."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from extract.telemetry.victoria_metrics import VictoriaMetrics, wait

#: A server that is not let flush shows what was written after a second, or little more.
_UNSEEN_S = 2.0
#: What is in the store so long after it was written is on its disk, where it goes every 5 seconds.
_IN_MEMORY_S = 15.0


@dataclass
class Kept:
    """Waits for what one ingest writes.

    Parameters
    ----------
    store
        The server that is written to.
    """

    store: VictoriaMetrics
    #: An ingest that died just before may have written until now.
    _written_at: float = field(init=False, default_factory=time.monotonic)

    def show(self) -> None:
        """Make what was written visible, or wait until it is."""
        if not self.store.flush():
            wait(_UNSEEN_S)

    def is_on_disk(self, written: int, began_at: float) -> bool:
        """Return whether all is on the disk, as far as can be told from outside; else wait.

        Parameters
        ----------
        written
            How many pings a pass over them found lacking, and wrote.
        began_at
            When the pass began, as `time.monotonic` tells it.
        """
        if written:
            self._written_at = time.monotonic()
        elif began_at - self._written_at >= _IN_MEMORY_S:
            return True
        wait(max(0.0, self._written_at + _IN_MEMORY_S - time.monotonic()))
        return False
