"""Who is cast, what was worked, and what a schedule says."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from support.api import ask
from support.held_castings import cast
from support.held_hours import away, spent
from support.held_schedules import scheduled
from support.plays.play import Job, Play, plays, undone

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from kitsu_sandbox.lifecycle import Connection
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

FIRST = datetime.now(UTC).date() + timedelta(days=40)
DAYS_OFF = Job(
    "days off",
    "set_day_off",
    {"people": ["Theo Marchand", "Sam Adeyemi"], "start": str(FIRST), "end": str(FIRST + timedelta(days=4))},
    2,
    role="admin",
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


@plays("days off")
def days_off() -> Play:
    """Of two people: noted and taken back, moved and moved back, taken back and noted anew."""
    noted = {"people": DAYS_OFF.arguments["people"], "of": str(FIRST)}
    moved = Job("moved days off", "set_day_off", noted | {"end": str(FIRST)}, 2, prepare=_note, role="admin")
    gone = Job("days off taken back", "set_day_off", noted | {"remove": True}, 2, prepare=_note, role="admin")
    return Play((DAYS_OFF, undone(DAYS_OFF), moved, undone(moved), gone, undone(gone)), _there(away))


def _note(connection: Connection) -> dict[str, Any]:
    """Those days off are there."""
    for person in ask(connection.host, "data/persons", connection.token("admin")).body:
        if person["full_name"] in DAYS_OFF.arguments["people"]:
            body = {"person_id": person["id"], "date": str(FIRST), "end_date": DAYS_OFF.arguments["end"]}
            assert (
                ask(connection.host, "data/day-offs", connection.token("admin"), method="POST", body=body).status == 201
            )
    return {}


def _there(keys: Callable[[Journaled, Mapping[str, TableDifference]], Collection[str]]) -> Written:
    """`written` of a kind that knows the keys of what is there."""

    def found(plan: Journaled, changes: Mapping[str, TableDifference]) -> Counter[str]:
        there = keys(plan, changes)
        return Counter({item["key"]: int(item["key"] in there) for item in plan.plan["items"]})

    return found
