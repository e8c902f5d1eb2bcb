"""Who is cast, what was worked, and what a schedule says."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from support.held_castings import cast
from support.held_hours import spent
from support.held_schedules import scheduled
from support.plays.play import Job, Play, plays, undone

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from support.database import TableDifference
    from support.held import Journaled
    from support.plays.play import Written

OTTO = "Salt Harbour/Character/Otto"
RIGGINGS = [f"Salt Harbour/{one}:Rigging" for one in ("Character/Gull", "Prop/Lantern", "Character/Otto")]
SCHEDULE = Job(
    "a schedule",
    "change_schedule",
    {
        "project": "Robo Garden",
        "rows": [
            {"task_type": "Layout", "of": "E02", "start": "2026-12-07", "end": "2027-01-15"},
            {"milestone": "Delivery", "day": "2027-01-29"},
            {"milestone": "Animatic locked", "remove": True},
        ],
    },
    3,
)


@plays("castings")
def castings() -> Play:
    """An asset comes to three shots, and to another asset, where how often and how is said."""
    rows = [{"of": "Salt Harbour/Environment/Harbour", "asset": OTTO, "times": 3, "label": "fixed"}]
    shots = [f"Salt Harbour/SQ010/SH00{number}0" for number in (1, 2, 3)]
    return Play((Job("castings", "set_casting", {"of": shots, "assets": [OTTO], "rows": rows}, 2),), _there(cast))


@plays("hours")
def hours() -> Play:
    """Two hours on each of three tasks."""
    given = {"tasks": RIGGINGS, "time": "2h", "person": "Theo Marchand"}
    return Play((Job("hours", "log_time", given, 3),), _there(spent))


@plays("schedules")
def schedules() -> Play:
    """A bar is set, a milestone made and another deleted; and each is taken back."""
    return Play((SCHEDULE, undone(SCHEDULE)), _there(scheduled))


def _there(keys: Callable[[Journaled, Mapping[str, TableDifference]], Collection[str]]) -> Written:
    """`written` of a kind that knows the keys of what is there."""

    def found(plan: Journaled, changes: Mapping[str, TableDifference]) -> Counter[str]:
        there = keys(plan, changes)
        return Counter({item["key"]: int(item["key"] in there) for item in plan.plan["items"]})

    return found
