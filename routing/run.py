"""Plan one city: candidates to tasks, tasks to routes, routes checked and put in force."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from routing.checker import check_routes
from routing.crew import CrewShift, choose_shifts, default_shift
from routing.done_work import read_done_work
from routing.errors import RoutingError
from routing.jobs import JobParameters, build_jobs
from routing.marts import CityPicture, read_city, read_crew, read_open_tasks, update_tasks
from routing.problem import Place, Problem
from routing.publication import (
    path_of,
    publish_route,
    route_in_force,
    settle_tasks,
    shift_key,
    started_ids,
    started_stops,
)
from routing.report import PlanReport, dropped_notes, search_notes
from routing.schedule import PlannedRoute
from routing.solver import Plan, SolverParameters, solve
from routing.stops import StopContext, build_stops
from routing.travel_times import build_matrix, travel_times
from routing.vans import VanState, build_vans
from warehouse.connection import Warehouse
from warehouse.settings import Settings

logger = logging.getLogger(__name__)

Row = dict[str, Any]

#: Seconds to leave the road and park the van at each new place.
ACCESS_S = 60


def plan_city(
    warehouse: Warehouse,
    settings: Settings,
    city_id: str,
    as_of: datetime,
    seed: int,
    *,
    solver: SolverParameters | None = None,
    jobs: JobParameters | None = None,
) -> PlanReport:
    """Bring the tasks and routes of one city up to date.

    Repeating it at the same clock changes nothing; two runs at once follow each other. A city whose
    data is stale keeps its tasks and routes as they are, and the report says so.

    Parameters
    ----------
    as_of
        The clock of the marts, UTC.
    seed
        Not used by the search, which is deterministic; part of every model's interface.

    Raises
    ------
    RoutingError
        When the city is unknown or has no depot, or a plan breaks a rule: what was in force stays.
    """
    del seed
    as_of = as_of.astimezone(UTC)
    with warehouse.lock(f"planning of {city_id}", wait_s=180):
        picture = read_city(warehouse, city_id)
        if picture.city["is_stale"]:
            note = f"no planning, the data is stale: {picture.city['stale_reason']}"
            return PlanReport(city_id, as_of, notes=(note,))
        changes = update_tasks(warehouse, picture, as_of)
        shifts, notes = _shifts(warehouse, picture, as_of)
        if not shifts:
            with warehouse.transaction() as connection:
                settle_tasks(connection, city_id, as_of)
            tasks = len(read_open_tasks(warehouse, city_id))
            return PlanReport(city_id, as_of, tasks, task_changes=changes, notes=tuple(notes))
        planning = _Planning(
            warehouse, settings, picture, as_of, solver or SolverParameters(), jobs
        )
        report = planning.run(shifts, notes, changes)
    logger.info("%s", report)
    return report


def _shifts(
    warehouse: Warehouse, picture: CityPicture, as_of: datetime
) -> tuple[list[CrewShift], list[str]]:
    """The shifts to plan, and what there is to say about them."""
    city_id, timezone = picture.city["city_id"], picture.city["timezone"]
    shifts, workers, vehicles = read_crew(warehouse, city_id)
    if shifts and vehicles:
        chosen = choose_shifts(shifts, workers, vehicles, timezone, as_of)
        return chosen, [] if chosen else ["no shift within 24 h, so no routes"]
    shift = default_shift(city_id, as_of, timezone)
    running = warehouse.fetch(
        "select shift_starts_at, shift_ends_at, service_date from ops.routes "
        "where worker_id = %(worker_id)s and shift_starts_at <= %(as_of)s "
        "and shift_ends_at > %(soon)s order by shift_starts_at desc limit 1",
        {
            "worker_id": shift.worker_id,
            "as_of": as_of,
            "soon": as_of + timedelta(minutes=20),
        },
    )
    if running:
        shift = replace(
            shift,
            starts_at=running[0]["shift_starts_at"],
            ends_at=running[0]["shift_ends_at"],
            service_date=running[0]["service_date"],
        )
    note = (
        f"no shifts planned: a default crew, {shift.worker_id}, a van of {shift.capacity} for 8 h"
    )
    return [shift], [note]


@dataclass(frozen=True)
class _Planning:
    """One run for one city: read the state of the vans, solve, check, publish."""

    warehouse: Warehouse
    settings: Settings
    picture: CityPicture
    as_of: datetime
    solver: SolverParameters
    job_parameters: JobParameters | None

    def run(
        self, shifts: Sequence[CrewShift], notes: list[str], changes: dict[str, int]
    ) -> PlanReport:
        city_id = self.picture.city["city_id"]
        states = self._states(shifts)
        busy = {
            task
            for state in states
            for stop in state.kept
            if stop["status"] in {"begun", "problem"}
            for task in stop["task_ids"]
        }
        all_tasks = read_open_tasks(self.warehouse, city_id)
        tasks = [task for task in all_tasks if task["task_id"] not in busy]
        problem, origin_at = self._problem(states, tasks)
        plan = solve(problem, self.solver)
        violations = check_routes(problem, plan.routes)
        if violations:
            raise RoutingError(
                f"the plan of {city_id} breaks a rule ({violations[0]}, {len(violations)} in all); "
                "the routes in force stay; report this"
            )
        routes, changed, stops = self._publish(states, tasks, problem, plan, origin_at)
        return PlanReport(
            city_id,
            self.as_of,
            open_task_count=len(all_tasks),
            route_count=routes,
            changed_route_count=changed,
            stop_count=stops,
            dropped_count=len(plan.dropped),
            task_changes=changes,
            notes=(*notes, *dropped_notes(plan), *search_notes(plan)),
        )

    def _states(self, shifts: Sequence[CrewShift]) -> list[VanState]:
        states = []
        with self.warehouse.transaction() as connection:
            for shift in shifts:
                route, stops = route_in_force(connection, shift)
                states.append(VanState(shift, route, started_stops(stops)))
        return states

    def _problem(
        self, states: Sequence[VanState], tasks: Sequence[Row]
    ) -> tuple[Problem, datetime]:
        city, scooters = self.picture.city, self.picture.scooters
        jobs = build_jobs(
            tasks,
            scooters,
            self.picture.parkings,
            low_battery_pct=float(city["low_battery_pct"]),
            done=read_done_work(self.warehouse, city["city_id"], tasks, self.as_of),
            parameters=self.job_parameters,
        )
        origin_at = min(state.free_at(self.as_of) for state in states)
        in_van = sum(row["state"] == "in_van" for row in scooters)
        vans = build_vans(states, _depot(city), city["crs"], self.as_of, origin_at, in_van)
        times = travel_times(self.settings.travel_times)
        matrix = build_matrix(jobs, vans, times, access_s=ACCESS_S)
        return Problem(tuple(jobs), vans, matrix), origin_at

    def _publish(
        self,
        states: Sequence[VanState],
        tasks: Sequence[Row],
        problem: Problem,
        plan: Plan,
        origin_at: datetime,
    ) -> tuple[int, int, int]:
        """All routes of the city in one transaction; how many have stops, how many changed, stops.

        A van with nothing to do has no route.
        """
        by_id = {task["task_id"]: task for task in tasks}
        charges = {row["scooter_id"]: row["battery_pct"] for row in self.picture.scooters}
        route_count = changed = stop_count = 0
        with self.warehouse.transaction() as connection:
            for planned in plan.routes:
                state = states[planned.van]
                context = StopContext(
                    origin_at,
                    shift_key(state.shift),
                    by_id,
                    self.picture.parkings,
                    charges,
                    started_ids(connection, state.shift),
                )
                stops = build_stops(problem, planned, context, len(state.kept))
                route = self._route_row(state, problem, planned, stops)
                changed += publish_route(connection, state.shift, route, stops, self.as_of)
                route_count += bool(state.kept or stops)
                stop_count += len(state.kept) + len(stops)
            settle_tasks(connection, self.picture.city["city_id"], self.as_of)
        return route_count, changed, stop_count

    def _route_row(
        self,
        state: VanState,
        problem: Problem,
        planned: PlannedRoute,
        stops: Sequence[Row],
    ) -> Row:
        """Columns of ``ops.routes``; distance, time and priority are those still ahead."""
        shift, depot = state.shift, _depot(self.picture.city)
        at_depot = (depot.latitude, depot.longitude)
        start_load = planned.start_load
        if state.route is not None and state.kept:
            start_load = state.route["start_load_count"]
        per_point = (self.job_parameters or JobParameters()).seconds_per_priority
        served = sum(problem.jobs[visit.job].price for visit in planned.visits) / per_point
        return {
            "city_id": self.picture.city["city_id"],
            "worker_id": shift.worker_id,
            "vehicle_id": shift.vehicle_id,
            "service_date": shift.service_date,
            "shift_starts_at": shift.starts_at,
            "shift_ends_at": shift.ends_at,
            "start_latitude": depot.latitude,
            "start_longitude": depot.longitude,
            "vehicle_capacity_count": shift.capacity,
            "start_load_count": start_load,
            "start_battery_count": shift.battery_stock,
            "distance_m": float(planned.distance_m),
            "duration_s": float(planned.ends_s - planned.starts_s),
            "priority_served": round(served, 3),
            "polyline": path_of(at_depot, [*state.kept, *stops], at_depot),
        }


def _depot(city: Row) -> Place:
    return Place(
        city["depot_latitude"], city["depot_longitude"], city["depot_x_m"], city["depot_y_m"]
    )
