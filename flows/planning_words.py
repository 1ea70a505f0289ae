"""The words for what planning sheets change: frames in, sentences out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

#: More changed cells than these are counted, not listed.
_LISTED = 20
#: How many tasks "come first": about what a van does in a shift.
_FIRST = 10
#: The cells whose change bears on a kind of task, beside its weight and value.
_THRESHOLDS = {
    "low_battery": ("low_battery_pct",),
    "left_in_the_way": ("gps_tolerance_m",),
    "outside_zone": ("gps_tolerance_m",),
    "idle_too_long": ("idle_hours",),
    "not_reporting": ("silent_hours", "low_battery_pct"),
    "below_minimum": ("minimum_count",),
    "below_target": ("target_count", "minimum_count"),
    "over_capacity": ("maximum_count",),
}


@dataclass(frozen=True)
class Change:
    """A cell of the sheets that differs from the planning in force, or a row that comes or goes.

    Attributes
    ----------
    worksheet, key
        Which row.
    column
        Which cell; None is the row as a whole.
    before, after
        Its values; of a row, true where it is there.
    """

    worksheet: str
    key: tuple[Any, ...]
    column: str | None
    before: Any
    after: Any


@dataclass(frozen=True)
class Effects:
    """The task candidates, the cities and the open tasks, as they are and as they would be.

    Attributes
    ----------
    before, after
        ``candidate_id, city_id, task_kind, priority, scooter_count``.
    cities_before, cities_after
        ``city_id, name_en, stale_reason``.
    tasks
        ``candidate_id, status`` of tasks that are open or assigned.
    """

    before: pl.DataFrame
    after: pl.DataFrame
    cities_before: pl.DataFrame
    cities_after: pl.DataFrame
    tasks: pl.DataFrame


def describe_changes(changes: Sequence[Change]) -> list[str]:
    """Say in which cells and rows the sheets differ from the planning in force."""
    if not changes:
        return ["the sheets are the planning in force; nothing would change"]
    lines = []
    for change in changes[:_LISTED]:
        row = f"{change.worksheet}, {' '.join(str(part) for part in change.key)}"
        if change.column is None:
            lines.append(f"{row}: a {'new row' if change.after else 'row that is gone'}")
        else:
            lines.append(f"{row}: {change.column} {_arrow(change)}")
    if len(changes) > _LISTED:
        lines.append(f"and {len(changes) - _LISTED} changes more")
    crews = sorted({c.worksheet for c in changes} & {"workers", "vehicles", "shifts"})
    if crews:
        lines.append(f"{', '.join(crews)}: who drives changes with the next run, no task does")
    return lines


def describe_effects(effects: Effects, changes: Sequence[Change]) -> list[str]:
    """Say a city at a time which tasks would appear and vanish and whose priority would move."""
    names = dict(effects.cities_before.select("city_id", "name_en").iter_rows())
    names |= dict(effects.cities_after.select("city_id", "name_en").iter_rows())
    said, unchanged = [], []
    for city, name in sorted(names.items()):
        lines = [*_staleness(effects, city), *_kinds(effects, city, changes), *_lead(effects, city)]
        said += [f"{name}: {line}" for line in lines]
        if not lines:
            unchanged.append(str(name))
    if unchanged:
        said.append(f"no task would change in {', '.join(unchanged)}")
    return said


def _staleness(effects: Effects, city: str) -> list[str]:
    def reason(cities: pl.DataFrame) -> Any:
        rows = cities.filter(pl.col("city_id") == city)["stale_reason"]
        return rows[0] if len(rows) else None

    before, after = reason(effects.cities_before), reason(effects.cities_after)
    if (before is None) == (after is None):
        return []
    if after:
        return [f"its data would count as stale ({after}), which stops new tasks"]
    return [f"its data would no longer count as stale ({before})"]


def _kinds(effects: Effects, city: str, changes: Sequence[Change]) -> list[str]:
    before = effects.before.filter(pl.col("city_id") == city)
    after = effects.after.filter(pl.col("city_id") == city)
    lines = []
    for kind in sorted(set(before["task_kind"]) | set(after["task_kind"])):
        old = before.filter(pl.col("task_kind") == kind)
        new = after.filter(pl.col("task_kind") == kind)
        found = [*_come_and_go(old, new, effects.tasks, kind), *_moves(old, new, kind)]
        why = _causes(changes, city, kind) if found else ""
        lines += [f"{line}{why}" for line in found]
    return lines


def _come_and_go(old: pl.DataFrame, new: pl.DataFrame, tasks: pl.DataFrame, kind: str) -> list[str]:
    appear = new.join(old, on="candidate_id", how="anti")
    vanish = old.join(new, on="candidate_id", how="anti")
    lines = []
    if len(appear):
        known = appear.join(tasks, on="candidate_id", how="semi").height
        already = f", {known} open already" if known else ""
        lines.append(f"{_tasks(appear.height, kind)} would appear{already}")
    if len(vanish):
        assigned = tasks.filter(pl.col("status") == "assigned")
        on_route = vanish.join(assigned, on="candidate_id", how="semi").height
        routed = f", {on_route} on a route" if on_route else ""
        lines.append(f"{_tasks(vanish.height, kind)} would vanish{routed}")
    return lines


def _moves(old: pl.DataFrame, new: pl.DataFrame, kind: str) -> list[str]:
    both = old.join(new, on="candidate_id", suffix="_new").with_columns(
        share=pl.col("priority_new") / pl.col("priority") - 1
    )
    lines = []
    for word, moved in (
        ("rise", both.filter(pl.col("share") > 1e-6)),
        ("fall", both.filter(pl.col("share") < -1e-6)),
    ):
        if len(moved):
            shares = sorted(abs(100 * share) for share in moved["share"])
            by = _percents(shares[0], shares[-1])
            lines.append(f"the priority of {_tasks(moved.height, kind)} would {word} by {by}")
    other = both.filter(pl.col("scooter_count") != pl.col("scooter_count_new"))
    if len(other):
        was, would = other["scooter_count"].sum(), other["scooter_count_new"].sum()
        lines.append(
            f"{_tasks(other.height, kind)} would be about {would} scooters in all, not {was}"
        )
    return lines


def _lead(effects: Effects, city: str) -> list[str]:
    def first(frame: pl.DataFrame) -> list[str]:
        own = frame.filter(pl.col("city_id") == city)
        return own.sort(["priority", "candidate_id"], descending=[True, False])[
            "candidate_id"
        ].to_list()[:_FIRST]

    before, after = first(effects.before), first(effects.after)
    others = len(set(after) - set(before))
    if not others or not before:
        return []
    return [f"of the {len(after)} tasks that come first, {others} would be others"]


def _causes(changes: Iterable[Change], city: str, kind: str) -> str:
    """Return in brackets which changed cells bear on a kind of task in a city."""
    cells: dict[str, list[Change]] = {}
    for change in changes:
        is_own = change.key[0] in (city, "*")
        is_kind = change.worksheet == "priorities" and change.key[1] == kind
        is_threshold = change.column in _THRESHOLDS.get(kind, ())
        if is_own and change.column and (is_kind or is_threshold):
            cells.setdefault(change.column, []).append(change)
    parts = [
        f"{column} {_arrow(found[0])}" if len(found) == 1 else f"{len(found)} cells of {column}"
        for column, found in cells.items()
    ]
    return f" ({', '.join(parts)})" if parts else ""


def _tasks(count: int, kind: str) -> str:
    return f"{count} {kind.replace('_', '-')} task{'' if count == 1 else 's'}"


def _percents(least: float, most: float) -> str:
    low, high = f"{least:.3g}", f"{most:.3g}"
    return f"{low} %" if low == high else f"{low} to {high} %"


def _arrow(change: Change) -> str:
    def cell(value: Any) -> str:
        if value is None:
            return "empty"
        return f"{value:g}" if isinstance(value, float) else str(value)

    return f"{cell(change.before)} -> {cell(change.after)}"
