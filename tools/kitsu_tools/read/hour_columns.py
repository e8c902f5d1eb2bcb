"""What lists of hours and quotas say, and what they are grouped by."""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from kitsu_tools.read.entity_columns import in_order_of_names, key_of_names
from kitsu_tools.read.listing import Key, Measure, short
from kitsu_tools.read.task_columns import MINUTES, address_of
from kitsu_tools.read.workload import WORKING_DAYS
from kitsu_tools.tracker.addresses import encoded
from kitsu_tools.tracker.clock import days_between, monday_of
from kitsu_tools.tracker.errors import counted
from kitsu_tools.tracker.model import Person, Project, Task, TaskType

GroupBy = Literal["person", "task", "task type", "department", "project", "day", "week", "month"]
Time = Literal["day", "week", "month"]
TIMES: tuple[Time, ...] = get_args(Time)
Amount = Literal["minutes", "shots", "frames", "seconds", "drawings"]
MOST_SPANS = 8


@dataclass(frozen=True, slots=True)
class Entry:
    """What one person did on a day: minutes logged on a task, or what quotas count of a task type. Without a day it
    only stands for somebody who did nothing. `task` is None where it is not known.
    """

    person_id: str
    project: Project
    type_id: str
    task: Task | None
    day: str
    amounts: Mapping[Amount, float]


@dataclass(frozen=True, slots=True)
class Names:
    """What the ids of entries stand for. Addresses of tasks are relative to `under`."""

    people: Mapping[str, Person]
    types: dict[str, TaskType]
    departments: Mapping[str, str]
    under: str

    def person(self, person_id: str) -> str:
        """By their label."""
        return self.people[person_id].label if person_id in self.people else "someone"


def keys_of_entries(known: Names) -> dict[GroupBy, Key[Entry]]:
    """What entries are grouped by."""

    def time(name: str, of: Callable[[str], str], unit: str = "") -> Key[Entry]:
        return Key(name, lambda entry: (in_order_of_names(of(entry.day)),) if entry.day else (), unit)

    def task_type(entry: Entry) -> TaskType | None:
        return known.types.get(entry.type_id)

    def task(entry: Entry) -> str:
        return address_of(entry.task, known.under, known.types) if entry.task else "?"

    def type_name(entry: Entry) -> str:
        found = task_type(entry)
        return found.name if found else "?"

    def department(entry: Entry) -> str:
        found = task_type(entry)
        return known.departments.get(found.department_id, "") if found else ""

    return {
        "person": key_of_names("person", lambda entry: known.person(entry.person_id)),
        "task": key_of_names("task", task),
        "task type": key_of_names("task type", type_name),
        "department": key_of_names("department", department),
        "project": key_of_names("project", lambda entry: encoded(entry.project.name)),
        "day": time("day", lambda day: day),
        "week": time("week", lambda day: monday_of(date.fromisoformat(day)).isoformat(), "from Monday"),
        "month": time("month", lambda day: day[:7]),
    }


def sum_of(amount: Amount) -> Measure[Entry]:
    """All that there is of an amount."""
    return Measure(amount, lambda entries: sum(one.amounts.get(amount, 0) for one in entries), cell=short)


def estimates() -> list[Measure[Entry]]:
    """Of the tasks on which something was logged, whoever did and whenever: their estimates, and all that was spent."""

    def total(of: Callable[[Task], int]) -> Callable[[Sequence[Entry]], int]:
        return lambda entries: sum(map(of, {id(one.task): one.task for one in entries if one.task}.values()))

    return [
        Measure("estimate", total(lambda task: task.estimate_minutes), MINUTES),
        Measure("spent in all", total(lambda task: task.spent_minutes), MINUTES),
    ]


def missing_days(first: date, last: date, off: Mapping[str, frozenset[date]], bots: Set[str]) -> Measure[Entry]:
    """Of one person's entries: the working days on which there is none, but for days off; how many, and which.
    Bots miss none.
    """
    every = [one for one in days_between(first, last) if one.weekday() < WORKING_DAYS]

    def of(entries: Sequence[Entry]) -> tuple[int, str]:
        if entries[0].person_id in bots:
            return 0, ""
        away, logged = off.get(entries[0].person_id, frozenset[date]()), {one.day for one in entries}
        missing = [one for one in every if one not in away and one.isoformat() not in logged]
        return len(missing), _spans(missing, every)

    return Measure("missing days", of, cell=lambda value: f"{value[0]}: {value[1]}" if value[0] else 0)


def _spans(days: Iterable[date], every: Sequence[date]) -> str:
    """`2026-03-02, 2026-03-05..2026-03-09`: runs of days between which `every` has no other."""
    place = {one: number for number, one in enumerate(every)}
    runs: list[list[date]] = []
    for one in days:
        if runs and place[runs[-1][-1]] == place[one] - 1:
            runs[-1].append(one)
        else:
            runs.append([one])
    texts = [f"{run[0]}..{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs]
    rest = sum(map(len, runs[MOST_SPANS:]))
    return ", ".join([*texts[:MOST_SPANS], *([f"and {counted(rest, 'day')} more"] if rest else [])])
