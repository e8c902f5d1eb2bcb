"""One person: who they are, what they work on, and what waits for their check."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from typing import Annotated, Any

from mcp.types import CallToolResult
from pydantic import Field

from kitsu_tools.answers import Row, answer
from kitsu_tools.arguments import KitsuHere
from kitsu_tools.read.people import away_of, role_name
from kitsu_tools.read.periods import period_named
from kitsu_tools.read.task_columns import Reference, address_of
from kitsu_tools.tracker.addresses import encoded
from kitsu_tools.tracker.board import ALL_KINDS
from kitsu_tools.tracker.clock import Clock
from kitsu_tools.tracker.errors import listed
from kitsu_tools.tracker.gather import gather
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Person, Project, Task
from kitsu_tools.tracker.people import absences_of, contact_of
from kitsu_tools.tracker.task_types import type_ranks
from kitsu_tools.tracker.visibility import DAYS_OFF_UNKNOWN, PLANS_HIDDEN

DONE_DAYS = 14
MOST_PRODUCTIONS = 12
CHECKERS = frozenset({"admin", "manager", "supervisor"})
WORK_HIDDEN = "of your role Kitsu tells nothing of what others work on"
NO_DATE = "9999"


@dataclass(slots=True)
class _Work:
    """Somebody's tasks on a production: open, done lately, and those that wait for their check, where they check any.
    Nothing is told where `hidden` says why.
    """

    known: Reference
    open: list[Task] = field(default_factory=list[Task])
    done: list[Task] = field(default_factory=list[Task])
    to_check: list[Task] = field(default_factory=list[Task])
    checks: bool = False
    hidden: str = ""


async def get_person(
    kitsu: KitsuHere,
    person: Annotated[str, Field(description="full name, e-mail, id, page link or me")] = "me",
    tasks: Annotated[int, Field(ge=0, le=50, description="how many of each list")] = 10,
) -> CallToolResult:
    """Tell about one person over all productions: counts, open tasks (due first), done in the last 14 days, days off,
    and for supervisors what waits for their check, longest first. Contact data for managers.
    """
    found = await kitsu.find.person(person)
    clock, me = await kitsu.clock(), await kitsu.directory.me.get()
    today = clock.today()
    every = [one for one in await kitsu.directory.open_projects.get() if found.id in one.team]
    reads = [partial(_work_on, kitsu, one, found, me.id, today) for one in every[:MOST_PRODUCTIONS]]
    works = await gather(*reads)
    away = await absences_of(kitsu, found, every, today) if not found.is_bot else {}
    found = await contact_of(kitsu, found)
    departments = await kitsu.directory.departments.get()
    of_contact = {"contract": found.contract, "email": found.email, "phone": found.phone}
    return answer(
        {
            "person": found.label,
            "role": f"{role_name(found)}{' (a bot)' if found.is_bot else ''}",
            "departments": sorted(departments.get(one, "?") for one in found.departments),
            **(of_contact if found.email or found.phone else {}),
            "left": None if found.active else True,
            "away": away_of(away or {}, found.id),
            "productions": [encoded(one.name) for one in every],
            **_told([one for one in works if not one.hidden], tasks, today, clock),
            "notes": [
                DAYS_OFF_UNKNOWN if away is None else "",
                *dict.fromkeys(one.hidden for one in works),
                f"only work on {listed(encoded(one.name) for one in every[:MOST_PRODUCTIONS])}"
                if len(every) > MOST_PRODUCTIONS
                else "",
                f"work on productions is told by their teams, and {found.label} is on none that you see"
                if not every
                else "",
            ],
            "today": clock.stamp(),
        }
    )


def _told(works: Sequence[_Work], most: int, today: date, clock: Clock) -> dict[str, Any]:
    """Counts and lists of what somebody does."""
    if not works:
        return {}
    monday, sunday = (one.isoformat() for one in period_named("due", "this week", today))

    def everything(of: Callable[[_Work], Sequence[Task]]) -> list[tuple[Reference, Task]]:
        return [(work.known, task) for work in works for task in of(work)]

    def counted(test: Callable[[Reference, Task], bool]) -> int:
        return sum(test(known, task) for known, task in mine)

    def role(known: Reference, task: Task) -> str:
        status = known.statuses.get(task.status_id)
        return status.role if status else "other"

    mine = sorted(everything(lambda work: work.open), key=lambda one: one[1].due or NO_DATE)
    done = sorted(everything(lambda work: work.done), key=lambda one: one[1].done, reverse=True)
    check = sorted(everything(lambda work: work.to_check), key=lambda one: one[0].waiting_since(one[1]) or NO_DATE)

    def open_row(known: Reference, task: Task) -> Row:
        days_late = known.days_late(task)
        return [*_named(known, task), task.due, "" if days_late is None else days_late]

    counts = {
        "due this week": counted(lambda _, task: monday <= task.due <= sunday),
        "undated": counted(lambda _, task: not task.due),
        **Counter(role(*one) for one in mine),
    }
    late = counted(lambda known, task: known.is_late(task))
    some = {name: count for name, count in counts.items() if count}
    said: dict[str, Any] = {
        "work": {"open": len(mine), "late": late, **some, f"done in {DONE_DAYS} days": len(done)},
        "open": _table(["task", "status", "due", "days late"], [open_row(*one) for one in mine[:most]]),
        "done": _table(["task", "done (UTC date)"], [[_named(*one)[0], one[1].done] for one in done[:most]]),
    }
    if any(work.checks for work in works):
        waiting = [[*_named(*one), clock.local(one[0].waiting_since(one[1]))] for one in check[:most]]
        said["to_check"] = {"total": len(check)} | _table(
            ["task", "status", f"waiting since ({clock.zone.key})"], waiting
        )
    return said


def _table(columns: list[str], rows: list[Row]) -> dict[str, Any]:
    return {"columns": columns, "rows": rows} if rows else {}


def _named(known: Reference, task: Task) -> Row:
    status = known.statuses.get(task.status_id)
    return [address_of(task, "", known.types), status.short_name if status else "?"]


async def _work_on(kitsu: Kitsu, project: Project, person: Person, me: str, today: date) -> _Work:
    """What somebody does on a production, as far as the identity's role there is shown it: clients no plans, vendors
    nobody's work but their own (`PersonTasksResource` of Zou 1.0.97).
    """
    directory = kitsu.directory
    role = await directory.role_on(project)
    ranks = type_ranks(project, types := await directory.task_types.get())
    people, statuses = await directory.people.get(), await directory.statuses.get()
    known = Reference(project, people, statuses, types, ranks, {}, {}, today, False)
    if role == "client":
        return _Work(known, hidden=PLANS_HIDDEN)
    if role == "vendor" and person.id != me:
        return _Work(known, hidden=WORK_HIDDEN)
    view = await (await kitsu.reading(project)).view(*ALL_KINDS)
    checks = (role if person.id == me else person.role) in CHECKERS
    work, since = _Work(known, checks=checks), (today - timedelta(days=DONE_DAYS)).isoformat()
    for task in (task for entity in view.entities() if not entity.omitted for task in entity.tasks):
        status = statuses.get(task.status_id)
        if person.id in task.assignees:
            if known.is_open(task):
                work.open.append(task)
            elif status is not None and status.role == "done" and task.done >= since:
                work.done.append(task)
        if checks and status is not None and status.is_feedback_request:
            its = types.get(task.type_id)
            if not person.departments or (its is not None and its.department_id in person.departments):
                work.to_check.append(task)
    return work
