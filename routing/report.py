"""What planning one city did, in words."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from routing.solver import Plan


@dataclass(frozen=True)
class PlanReport:
    """What planning one city did."""

    city_id: str
    as_of: datetime
    open_task_count: int = 0
    route_count: int = 0
    changed_route_count: int = 0
    stop_count: int = 0
    dropped_count: int = 0
    task_changes: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        changes = ", ".join(f"{count} {what}" for what, count in self.task_changes.items() if count)
        lines = [
            f"{self.city_id} at {self.as_of:%Y-%m-%d %H:%M}Z: {self.open_task_count} open tasks"
            + (f" ({changes})" if changes else ""),
            f"  {_counted(self.route_count, 'route')} in force ({self.changed_route_count} new) "
            f"with {_counted(self.stop_count, 'stop')}; "
            f"{_counted(self.dropped_count, 'job')} of one scooter each left for later",
            *(f"  {note}" for note in self.notes),
        ]
        return "\n".join(lines)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


_REASONS = {
    "no_van": "no van",
    "no_skill": "nobody with the skill",
    "out_of_reach": "too far for any shift",
    "no_time": "the shifts are full",
    "no_scooters": "no scooter on board to drop off",
    "no_room": "no room in the vans",
    "no_batteries": "no fresh batteries left",
    "price": "the drive costs more than they are worth",
}


def search_notes(plan: Plan) -> list[str]:
    """A line when the routes may come out otherwise on another run; empty when they may not."""
    if not plan.is_cut_short:
        return []
    return [
        "the search was ended by its clock, not by its effort: the same data may give other routes "
        "on another run"
    ]


def dropped_notes(plan: Plan) -> list[str]:
    """One line a reason for which jobs were left undone; empty when all are served."""
    counts = Counter(job.reason for job in plan.dropped)
    return [
        f"{_counted(counts[reason], 'job')} left: {text}"
        for reason, text in _REASONS.items()
        if counts[reason]
    ]
