"""The words of a comparison of planning sheets."""

import polars as pl
import pytest

from flows.planning_words import Change, Effects, describe_changes, describe_effects

pytestmark = pytest.mark.unit

_CANDIDATE = {
    **{"candidate_id": pl.String, "city_id": pl.String, "task_kind": pl.String},
    **{"priority": pl.Float64, "scooter_count": pl.Int64},
}
_CITY = {"city_id": pl.String, "name_en": pl.String, "stale_reason": pl.String}
_TASK = {"candidate_id": pl.String, "status": pl.String}
BATTERY = Change("cities", ("skg",), "low_battery_pct", 25.0, 35.0)
WEIGHT = Change("priorities", ("*", "low_battery"), "weight", 1.0, 1.5)


def candidate(
    subject: str, priority: float = 1.0, count: int = 1, kind: str = "low_battery"
) -> tuple[str, str, str, float, int]:
    return (f"skg|{kind}|{subject}", "skg", kind, priority, count)


def effects(
    before: list[tuple[str, str, str, float, int]],
    after: list[tuple[str, str, str, float, int]],
    tasks: dict[str, str] | None = None,
    stale: tuple[str | None, str | None] = (None, None),
) -> Effects:
    def cities(reason: str | None) -> pl.DataFrame:
        rows = [("skg", "Thessaloniki", reason), ("kzn", "Kozani", None)]
        return pl.DataFrame(rows, schema=_CITY, orient="row")

    return Effects(
        pl.DataFrame(before, schema=_CANDIDATE, orient="row"),
        pl.DataFrame(after, schema=_CANDIDATE, orient="row"),
        cities(stale[0]),
        cities(stale[1]),
        pl.DataFrame(list((tasks or {}).items()), schema=_TASK, orient="row"),
    )


def test_tasks_appear_with_their_threshold() -> None:
    """The city, how many, of which kind, why; a task that is open all the same is said."""
    said = describe_effects(
        effects(
            [candidate("a")],
            [candidate("a"), candidate("b"), candidate("c")],
            {"skg|low_battery|b": "open"},
        ),
        [BATTERY],
    )
    assert said[0] == (
        "Thessaloniki: 2 low-battery tasks would appear, 1 open already (low_battery_pct 25 -> 35)"
    )
    assert said[-1] == "no task would change in Kozani"


def test_tasks_vanish_from_routes() -> None:
    """A task that would vanish while a van has it is said; an open one is not on a route."""
    said = describe_effects(
        effects(
            [candidate("a"), candidate("b")],
            [],
            {"skg|low_battery|a": "assigned", "skg|low_battery|b": "open"},
        ),
        [BATTERY],
    )
    assert said[0].startswith("Thessaloniki: 2 low-battery tasks would vanish, 1 on a route")


def test_priorities_move_both_ways() -> None:
    """Rises and falls are counted apart with their range; what stays is not counted."""
    before = [candidate(name, 10.0) for name in "abcd"]
    after = [candidate(n, p) for n, p in zip("abcd", (15.0, 12.0, 9.0, 10.0), strict=True)]
    said = describe_effects(effects(before, after), [WEIGHT, BATTERY])
    why = " (weight 1 -> 1.5, low_battery_pct 25 -> 35)"
    assert said[:2] == [
        f"Thessaloniki: the priority of 2 low-battery tasks would rise by 20 to 50 %{why}",
        f"Thessaloniki: the priority of 1 low-battery task would fall by 10 %{why}",
    ]


def test_counts_move() -> None:
    """A gap of more scooters is the same task about more of them."""
    kind = "below_target"
    said = describe_effects(
        effects([candidate("p", 1.0, 2, kind)], [candidate("p", 1.0, 5, kind)]),
        [Change("parkings", ("skg", code, "morning"), "target_count", 4, 7) for code in "pq"],
    )
    assert said[0] == (
        "Thessaloniki: 1 below-target task would be about 5 scooters in all, not 2"
        " (2 cells of target_count)"
    )


@pytest.mark.parametrize(("heavy", "others"), [(1, 1), (0, 0)])
def test_which_tasks_come_first(heavy: int, others: int) -> None:
    """Of the ten with the highest priority those are counted that were not among them."""
    before = [candidate(f"{n:02}", 100.0 - n) for n in range(12)]
    after = [*before[:11], candidate("11", 1000.0 if heavy else 89.0)]
    said = describe_effects(effects(before, after), [WEIGHT])
    line = f"Thessaloniki: of the 10 tasks that come first, {others} would be others"
    assert (line in said) == bool(others)


def test_a_city_becomes_stale() -> None:
    """A limit of staleness that its data exceed is said with the reason, and so is the way back."""
    reason = "No ping for 5 h, allowed 3 h"
    said = describe_effects(effects([], [], stale=(None, reason)), [])
    assert f"Thessaloniki: its data would count as stale ({reason}), which stops new tasks" in said
    said = describe_effects(effects([], [], stale=(reason, None)), [])
    assert f"Thessaloniki: its data would no longer count as stale ({reason})" in said


def test_changes_are_listed_up_to_a_point() -> None:
    """Cells and rows are named; past twenty they are counted; crews are no tasks."""
    rows = [
        Change("workers", ("w1",), None, None, True),
        Change("workers", ("w2",), None, True, None),
    ]
    said = describe_changes([BATTERY, *rows])
    assert said == [
        "cities, skg: low_battery_pct 25 -> 35",
        "workers, w1: a new row",
        "workers, w2: a row that is gone",
        "workers: who drives changes with the next run, no task does",
    ]
    cells = [
        Change("parkings", ("skg", str(n), "night"), "target_count", None, n) for n in range(23)
    ]
    said = describe_changes(cells)
    assert said[0] == "parkings, skg 0 night: target_count empty -> 0"
    assert said[20:] == ["and 3 changes more"]


def test_causes_of_other_cities_and_kinds_are_not_named() -> None:
    """A change of another city, or of a kind that is not concerned, is no reason."""
    others = [
        Change("cities", ("kzn",), "low_battery_pct", 20.0, 30.0),
        Change("priorities", ("skg", "below_target"), "weight", 1.0, 2.0),
    ]
    said = describe_effects(effects([], [candidate("a")]), others)
    assert said[0] == "Thessaloniki: 1 low-battery task would appear"
