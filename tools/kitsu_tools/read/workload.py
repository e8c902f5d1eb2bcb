"""How much work people have, week by week, beside how much they can do."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Annotated

from mcp.types import CallToolResult
from pydantic import Field

from kitsu_tools.answers import Table
from kitsu_tools.arguments import KitsuHere, Limit, Next, Sort, Under
from kitsu_tools.read.due import NOT_OVERDUE
from kitsu_tools.read.filters import require_plans
from kitsu_tools.read.listing import Column, in_order_of, named, short, table_of
from kitsu_tools.read.scope import partial_notes
from kitsu_tools.read.task_columns import NOBODY
from kitsu_tools.tracker.below import below
from kitsu_tools.tracker.board import ALL_KINDS
from kitsu_tools.tracker.clock import monday_of
from kitsu_tools.tracker.days_off import each_day_off
from kitsu_tools.tracker.directory import UNSET_HOURS_BY_DAY
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Person, Project, Task
from kitsu_tools.tracker.people import department_named, working_on
from kitsu_tools.tracker.visibility import DAYS_OFF_UNKNOWN

WORKING_DAYS = 5  # from Monday, as Kitsu's own schedule has it
FARTHEST = timedelta(days=3 * 366)  # so far ahead days off count


@dataclass(slots=True)
class Load:
    """What one person has: minutes by Monday of a week, those that were due before today, those without a due date, and
    how many tasks have no estimate.
    """

    person_id: str
    name: str
    off: frozenset[date]
    weeks: dict[date, float] = field(default_factory=lambda: defaultdict(float))
    overdue: float = 0.0
    undated: float = 0.0
    unestimated: int = 0

    def works(self, day: date) -> bool:
        """Whether it is a day to work on."""
        return day.weekday() < WORKING_DAYS and day not in self.off


async def get_workload(
    kitsu: KitsuHere,
    under: Under = "",
    weeks: Annotated[int, Field(ge=1, le=12, description="from this one on")] = 4,
    department: Annotated[str, Field(description="only people of it")] = "",
    sort: Sort = (),
    limit: Limit = 100,
    next: Next = "",
) -> Annotated[CallToolResult, Table]:
    """Tell who is over- or underbooked: a row a person, a column a week with days of work left / days there are, by
    estimates less what was logged of open tasks, spread over the working days up to their due dates.

    One production; work elsewhere is not counted. Days off are left out. Several people share a task evenly.
    """
    place = await kitsu.find.place(under)
    await require_plans(kitsu, place.project, "get_workload")
    view, entities = await kitsu.beside_role(place.project, lambda: below(place, ALL_KINDS))
    clock, hours = await kitsu.clock(), await kitsu.directory.hours_by_day.get()
    today = clock.today()
    mondays = [monday_of(today) + timedelta(weeks=one) for one in range(weeks)]
    people = await kitsu.directory.people.get()
    me, alone = await kitsu.directory.me.get(), (await kitsu.hidden(place.project)).others
    team = {me.id: me.name} if alone else await _team(kitsu, place.project, people, department)
    statuses = await kitsu.directory.statuses.get()
    done = {one.id for one in statuses.values() if one.role in NOT_OVERDUE}
    tasks = [task for one in entities if not one.omitted for task in one.tasks if task.status_id not in done]
    # To the last due date: what is spread beyond the weeks that are asked for is not in them.
    dues = (date.fromisoformat(task.due) for task in tasks if task.due)
    last = min(max([mondays[-1] + timedelta(days=6), *dues]), today + FARTHEST)
    off = await each_day_off(kitsu, place.project.id, today, last)
    loads = _loads(tasks, team, {} if department or alone else people, off or {}, today, mondays)
    in_days = 60 * (hours or UNSET_HOURS_BY_DAY)

    def week(monday: date) -> Column[Load]:
        its = [monday + timedelta(days=one) for one in range(WORKING_DAYS)]

        def there(load: Load) -> int:
            return sum(load.works(one) for one in its if one >= today) if load.person_id else 0

        def booked(load: Load) -> float:
            return load.weeks.get(monday, 0.0) / in_days

        return Column(
            monday.isoformat(),
            lambda load: booked(load) - there(load),
            cell=lambda load: f"{short(booked(load))}/{there(load)}" if load.person_id else short(booked(load)),
        )

    columns: Sequence[Column[Load]] = (
        Column("person", lambda load: load.name),
        Column("overdue", lambda load: short(load.overdue / in_days), "days"),
        *map(week, mondays),
        Column("undated", lambda load: short(load.undated / in_days), "days"),
        Column("without estimate", lambda load: load.unestimated, "tasks"),
    )
    order = named("sort", sort, {column.name: column for column in columns})
    return table_of(
        ("workload", place.key, weeks, department, tuple(sort), today),
        in_order_of(loads, order),
        columns,
        clock,
        under=place.address,
        limit=limit,
        after=next,
        identity=lambda load: load.person_id,
        notes=[DAYS_OFF_UNKNOWN if off is None else "", *await partial_notes(kitsu, place, ALL_KINDS)],
        today=clock.stamp(),
        hours_by_day=hours,
        as_of=view.as_of,
    )


async def _team(kitsu: Kitsu, project: Project, people: Mapping[str, Person], department: str) -> dict[str, str]:
    """The people of a production who are not bots and still there, by id, with their labels; of a department alone
    where one is named.

    Raises:
        BadInput: there is no such department, or it is not clear which.
    """
    there = working_on(project, people.values())
    if department:
        wanted = await department_named(kitsu, department)
        there = [one for one in there if wanted in one.departments]
    return {one.id: one.label for one in sorted(there, key=lambda one: one.label.casefold())}


def _loads(
    tasks: Iterable[Task],
    team: Mapping[str, str],
    others: Mapping[str, Person],
    off: Mapping[str, frozenset[date]],
    today: date,
    mondays: Sequence[date],
) -> list[Load]:
    """The load of each of the team; then of any of the others, bots too, that has tasks, and of nobody."""
    loads = {one: Load(one, name, off.get(one, frozenset())) for one, name in team.items()}
    for task in tasks:
        its = task.assignees or ("",)
        left = max(task.estimate_minutes - task.spent_minutes, 0) / len(its)
        for one in its:
            if one not in loads:
                if not others:
                    continue
                name = others[one].label if one in others else "someone" if one else NOBODY
                loads[one] = Load(one, name, off.get(one, frozenset()))
            _add(loads[one], task, left, today, mondays)
    return sorted(loads.values(), key=lambda load: not load.person_id)


def working_days(first: date, last: date) -> int:
    """How many there are from the first to the last, both with it, none where it is before: reckoned, as a date may lie
    thousands of years ahead.
    """
    weeks, rest = divmod(max((last - first).days + 1, 0), 7)
    return weeks * WORKING_DAYS + sum((first.weekday() + one) % 7 < WORKING_DAYS for one in range(rest))


def _add(load: Load, task: Task, left: float, today: date, mondays: Sequence[date]) -> None:
    """Put what is left of a task where it is to be done: evenly on the working days from its start, or today, until it
    is due; on that day where none of them is one. Of the weeks only those from these Mondays on are told.
    """
    load.unestimated += not task.estimate_minutes
    if not task.due:
        load.undated += left
        return
    due = date.fromisoformat(task.due)
    if due < today:
        load.overdue += left
        return
    first = max(today, date.fromisoformat(task.start)) if task.start else today
    days = working_days(first, due) - sum(one.weekday() < WORKING_DAYS and first <= one <= due for one in load.off)
    if days <= 0:
        load.weeks[monday_of(due)] += left
        return
    for monday in mondays:
        week = (monday + timedelta(days=one) for one in range(WORKING_DAYS))
        load.weeks[monday] += left * sum(load.works(one) and first <= one <= due for one in week) / days
