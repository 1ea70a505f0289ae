"""How far routes are from the best known ones, against OR-Tools as it comes, in the same run.

Instances: Dell'Amico, Hadjicostantinou, Iori, Novellani, "The bike sharing rebalancing problem",
Omega 45 (2014). A vehicle leaves the depot with any load and comes back with any load; each node is
visited once; the distance is minimised. Run: ``python -m benchmarks.routing [--seconds 5]``.
"""

import argparse
import csv
import json
import time
from pathlib import Path

import numpy as np
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from routing.checker import check_routes
from routing.problem import Job, Matrix, Place, Problem, Van
from routing.solver import SolverParameters, solve

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data" / "rebalancing_benchmark"
INSTANCES = ("Bari10", "Treviso10", "Brescia11", "Guadalajara11", "Denver20", "RioDeJaneiro20")
_FAR = 10**9


def read_instance(path: Path, van_count: int | None = None) -> Problem:
    """Read one instance; metres take the place of seconds, and every node is worth any distance."""
    numbers = path.read_text().split()
    count, demands = int(numbers[0]), [int(value) for value in numbers[1 : int(numbers[0]) + 1]]
    capacity = int(numbers[count + 1])
    metres = np.array(numbers[count + 2 : count + 2 + count**2], float).reshape(count, count)
    np.fill_diagonal(metres, 0)
    spot = Place(0, 0, 0, 0)
    jobs = tuple(
        Job(
            job_id=f"{node:03d}",
            place=spot,
            place_key=f"{node}",
            action="pick_up" if demands[node] >= 0 else "drop_off",
            load_change=demands[node],
            price=10_000_000,
        )
        for node in range(1, count)
    )
    vans = tuple(
        Van(f"{van}", capacity, 0, spot, spot, 0, _FAR, 0, capacity)
        for van in range(van_count or _vans_needed(demands, capacity))
    )
    points = [*range(1, count), *[0] * (2 * len(vans))]
    distance_m = metres[np.ix_(points, points)].round().astype(np.int64)
    return Problem(jobs, vans, Matrix(distance_m, distance_m))


def _vans_needed(demands: list[int], capacity: int) -> int:
    """Vans that surely suffice in practice: the imbalance in loads, and some."""
    total = sum(demands[1:])
    moved = sum(abs(demand) for demand in demands[1:])
    return int(max(np.ceil(abs(total) / capacity), np.ceil(moved / capacity / 2))) + 2


def read_best_known(folder: Path) -> dict[str, int]:
    """Best known distance of each instance, metres."""
    with (folder / "best_known.csv").open() as file:
        return {row["instance"]: int(row["best_known_m"]) for row in csv.DictReader(file)}


def solve_plainly(problem: Problem, seconds: float) -> int | None:
    """Distance by OR-Tools as it comes, with the same load rule; None when it finds nothing."""
    count, vans = len(problem.jobs), len(problem.vans)
    starts = [problem.start_point(van) for van in range(vans)]
    ends = [problem.end_point(van) for van in range(vans)]
    nodes = pywrapcp.RoutingIndexManager(count + 2 * vans, vans, starts, ends)
    model = pywrapcp.RoutingModel(nodes)
    transit = model.RegisterTransitMatrix(problem.matrix.distance_m.tolist())
    model.SetArcCostEvaluatorOfAllVehicles(transit)
    changes = [job.load_change for job in problem.jobs] + [0] * (2 * vans)
    load = model.RegisterUnaryTransitVector(changes)
    model.AddDimension(load, 0, problem.vans[0].capacity, False, "load")
    search = pywrapcp.DefaultRoutingSearchParameters()
    search.local_search_metaheuristic = (
        routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    )
    search.time_limit.FromMilliseconds(int(seconds * 1000))
    solution = model.SolveWithParameters(search)
    return None if solution is None else int(solution.ObjectiveValue())


def _gap_pct(cost: int | None, best: int) -> float | None:
    return None if cost is None else round(100 * (cost / best - 1), 2)


def main() -> None:
    """Solve the instances both ways and print the gaps; the last line is one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--instances", nargs="*", default=INSTANCES)
    arguments = parser.parse_args()
    best_known, rows = read_best_known(FOLDER), []
    for name in arguments.instances:
        problem = read_instance(FOLDER / f"{name}.txt")
        began = time.perf_counter()
        plan = solve(problem, SolverParameters(effort=None, time_limit_s=arguments.seconds))
        took_s = time.perf_counter() - began
        violations = check_routes(problem, plan.routes)
        cost = plan.cost if not plan.dropped and not violations else None
        plain = solve_plainly(problem, arguments.seconds)
        row = {
            "instance": name,
            "nodes": len(problem.jobs) + 1,
            "gap_pct": _gap_pct(cost, best_known[name]),
            "plain_gap_pct": _gap_pct(plain, best_known[name]),
            "seconds": round(took_s, 2),
        }
        print(row, flush=True)
        rows.append(row)
    print(json.dumps({"benchmark": "routing", "seconds": arguments.seconds, "rows": rows}))


if __name__ == "__main__":
    main()
