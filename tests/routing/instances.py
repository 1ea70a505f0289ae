"""Small routing problems for tests."""

import numpy as np

from routing.problem import LOAD_CHANGES, Job, Place, Problem, Van
from routing.travel_times import StraightLine, build_matrix

SERVICE_S = {"pick_up": 120, "drop_off": 90, "swap": 180, "check": 300}


def place(x_m: float, y_m: float) -> Place:
    """A point given in metres; degrees near Thessaloniki, good enough for text."""
    return Place(40.6 + y_m / 111_000, 22.9 + x_m / 85_000, x_m, y_m)


def job(number: int, action: str, x_m: float, y_m: float, **changes: object) -> Job:
    """A job worth an hour's drive, unless said otherwise."""
    values: dict[str, object] = {
        "load_change": LOAD_CHANGES[action],
        "battery_use": int(action == "swap"),
        "service_s": SERVICE_S[action],
        "price": 3600,
        "task_ids": (f"t{number}",),
    }
    key = f"{x_m:.0f},{y_m:.0f}"
    return Job(f"j{number:03d}", place(x_m, y_m), key, action, **(values | changes))  # type: ignore[arg-type]


def van(number: int = 0, **changes: object) -> Van:
    """A van of 20 with 30 batteries at the origin for eight hours."""
    values: dict[str, object] = {
        "capacity": 20,
        "battery_stock": 30,
        "start": place(0, 0),
        "end": place(0, 0),
        "shift_start_s": 0,
        "shift_end_s": 8 * 3600,
    }
    return Van(f"van{number}", **(values | changes))  # type: ignore[arg-type]


def problem(jobs: list[Job], vans: list[Van], access_s: int = 60) -> Problem:
    """A problem on straight lines."""
    return Problem(
        tuple(jobs), tuple(vans), build_matrix(jobs, vans, StraightLine(), access_s=access_s)
    )


def random_problem(seed: int, job_count: int, van_count: int = 1, **van_changes: object) -> Problem:
    """Jobs of all actions at a few places, some with windows and skills."""
    draw = np.random.default_rng(seed)
    spots = draw.uniform(-4000, 4000, (max(job_count // 2, 1), 2))
    jobs = []
    for number in range(job_count):
        x_m, y_m = spots[draw.integers(len(spots))].round().tolist()
        action = str(
            draw.choice(["pick_up", "drop_off", "swap", "check"], p=[0.35, 0.35, 0.2, 0.1])
        )
        earliest = int(draw.integers(0, 3600)) if draw.random() < 0.15 else 0
        latest = earliest + int(draw.integers(600, 7200)) if draw.random() < 0.15 else None
        jobs.append(
            job(
                number,
                action,
                x_m,
                y_m,
                price=int(draw.integers(100, 5000)),
                earliest_s=earliest,
                latest_s=latest,
                skill={"swap": "swap", "check": None}.get(action, "move"),
            )
        )
    return problem(jobs, [van(number, **van_changes) for number in range(van_count)])
