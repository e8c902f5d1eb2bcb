"""What is played of a kind of change, and how it is told to the registry."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from support.database import TableDifference

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kitsu_sandbox.lifecycle import Connection
    from support.database import Row
    from support.held import Journaled

    Written = Callable[[Journaled, Mapping[str, TableDifference]], Counter[str]]

SHOTS = [f"Robo Garden/E01/SQ01/SH{number:03d}0:Animation" for number in range(1, 13)]


@dataclass(frozen=True)
class Job:
    """One call of a write tool, and how many requests it writes with; `first` is what it takes back, where it does.

    `before`: calls that must succeed before it, with events listened to. `prepare` makes in Kitsu, past this server,
    what it needs there; what it returns are further arguments, such as ids. `role`: of the bot that calls.
    """

    name: str
    tool: str
    arguments: dict[str, Any]
    requests: int = 1
    first: Job | None = None
    before: tuple[tuple[str, dict[str, Any]], ...] = ()
    prepare: Callable[[Connection], dict[str, Any]] | None = None
    role: str = "manager"


def undone(first: Job, requests: int | None = None) -> Job:
    """Taking back what a job did, with as many requests where nothing else is said."""
    count = first.requests if requests is None else requests
    return Job(f"undone {first.name}", "undo_change", {}, count, first, first.before, first.prepare, first.role)


@dataclass(frozen=True)
class Play:
    """What is played of one kind. `written`: how often each item of a plan stands in the database, all of it or a part,
    by key, whatever the journal says.
    """

    jobs: tuple[Job, ...]
    written: Written


PLAYS: dict[str, Callable[[], Play]] = {}
"""One function a kind, by the kind's name in `write/kinds.py`."""


def plays(kind: str) -> Callable[[Callable[[], Play]], Callable[[], Play]]:
    """Has this function say what is played of a kind."""

    def keep(play: Callable[[], Play]) -> Callable[[], Play]:
        PLAYS[kind] = play
        return play

    return keep


def rows(table: str, column: int = 0) -> Written:
    """`written` of a kind whose targets are ids, after their last slash: in this column of the primary key of rows that
    were added, changed or removed.
    """

    def found(plan: Journaled, changes: Mapping[str, TableDifference]) -> Counter[str]:
        change = changes.get(table, TableDifference())
        touched = {key[column] for key in (*change.added, *change.changed, *change.removed)}
        return Counter({one["key"]: int(one["target"].rpartition("/")[2] in touched) for one in plan.plan["items"]})

    return found


def made(table: str, target: Callable[[Row], str]) -> Written:
    """`written` of a kind that makes rows of a table, each of which tells the `target` that its item had."""

    def found(plan: Journaled, changes: Mapping[str, TableDifference]) -> Counter[str]:
        there = Counter(map(target, changes.get(table, TableDifference()).added.values()))
        return Counter({one["key"]: there[one["target"]] for one in plan.plan["items"]})

    return found
