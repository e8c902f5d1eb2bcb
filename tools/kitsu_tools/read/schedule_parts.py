"""The parts of a schedule: bars beside the tasks that they are for, and how each stands."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from kitsu_tools.read.entity_columns import NONE, episode_of, in_order_of_names, sequence_of
from kitsu_tools.read.listing import Column, Key, short
from kitsu_tools.read.task_columns import Reference, keys_of_tasks
from kitsu_tools.read.workload import working_days
from kitsu_tools.tracker.addresses import encoded
from kitsu_tools.tracker.board import View
from kitsu_tools.tracker.errors import counted
from kitsu_tools.tracker.model import Task
from kitsu_tools.tracker.schedule import ScheduleItem
from kitsu_tools.tracker.task_types import LAST

By = Literal["task type", "episode", "sequence", "asset type", "person"]
State = Literal["late", "at risk", "unscheduled"]
Thing = tuple[Any, str]
"""What a part is of: what it sorts by, and its name."""
WHOLE: Thing = ((), "")


@dataclass(slots=True)
class Part:
    """The tasks of a type, or those of them that belong to one thing, with the bar there is.

    `days_left`: what is left of the open ones by estimates, in days. `findings`: how it stands, by state.
    """

    type_id: str
    thing: Thing
    item: ScheduleItem | None = None
    tasks: list[Task] = field(default_factory=list[Task])
    open: list[Task] = field(default_factory=list[Task])
    days_left: float = 0.0
    overdue: int = 0
    findings: dict[str, list[str]] = field(default_factory=dict[str, list[str]])

    @property
    def end(self) -> str:
        """When its bar ends; empty for none."""
        return self.item.end if self.item else ""

    @property
    def state(self) -> str:
        """How it stands, in words."""
        return "; ".join(f"{state}: {', '.join(whys)}" if whys else state for state, whys in self.findings.items())


def parts_of(
    tasks: Iterable[Task],
    items: Iterable[ScheduleItem],
    by: By,
    known: Reference,
    objects: Mapping[str, Thing],
    minutes_a_day: float,
) -> list[Part]:
    """The parts that have tasks or bars, in the production's order of task types; what has no sequence or asset type is
    no part by it. `objects`: what bars are of, by id.
    """
    whole: Key[Task] = Key("whole", lambda _: (WHOLE,))
    key = whole if by == "task type" else keys_of_tasks(known, [by])[0]
    parts: dict[tuple[str, str], Part] = {}

    def part(type_id: str, thing: Thing) -> Part:
        return parts.setdefault((type_id, thing[1]), Part(type_id, thing))

    for one in items:
        thing = objects.get(one.object_id) if one.object_id else WHOLE if by == "task type" else None
        if thing is not None:
            part(one.type_id, thing).item = one
    for task in tasks:
        for thing in key.of(task):
            if thing[1] != NONE or by == "episode":
                part(task.type_id, thing).tasks.append(task)
    for one in parts.values():
        _judge(one, known, minutes_a_day, has_bars=by != "person")
    return sorted(parts.values(), key=lambda one: (_of(one, known), known.ranks.get(one.type_id, LAST), one.thing))


def objects_of(view: View, by: By, known: Reference, asset_types: Mapping[str, str]) -> dict[str, Thing]:
    """What bars by this are of, by id: as tasks are grouped by it."""
    project = encoded(known.project.name)
    match by:
        case "asset type":
            return {one: in_order_of_names(name) for one, name in asset_types.items()}
        case "sequence":
            return {one.id: in_order_of_names(sequence_of(one, project)) for one in view.entities("sequence")}
        case "episode":
            every = view.entities("episode")
            return {one.id: in_order_of_names(episode_of(one, project, known.episodes)) for one in every}
        case _:
            return {}


def columns_of_parts(by: By, known: Reference) -> list[Column[Part]]:
    """What is said of each."""
    thing: Column[Part] = Column(by, lambda part: part.thing[0], cell=lambda part: part.thing[1])
    return [
        Column("of", lambda part: _of(part, known)),
        Column("task type", lambda part: known.ranks.get(part.type_id, LAST), cell=lambda part: _name(part, known)),
        *([] if by == "task type" else [thing]),
        *([] if by == "person" else _BAR),
        Column("tasks", lambda part: len(part.tasks)),
        Column("open", lambda part: len(part.open)),
        Column("overdue", lambda part: part.overdue),
        Column("undated", lambda part: sum(not one.due for one in part.open)),
        Column("last due", lambda part: max((one.due for one in part.open), default="")),
        Column("left", lambda part: short(part.days_left), "days"),
        Column("state", lambda part: part.state),
    ]


_BAR: Sequence[Column[Part]] = (
    Column("start", lambda part: part.item.start if part.item else ""),
    Column("end", lambda part: part.end),
    Column("man days", lambda part: part.item.man_days or None if part.item else None),
)


def _of(part: Part, known: Reference) -> str:
    return known.types[part.type_id].for_entity if part.type_id in known.types else ""


def _name(part: Part, known: Reference) -> str:
    return known.types[part.type_id].name if part.type_id in known.types else "?"


def _judge(part: Part, known: Reference, minutes_a_day: float, *, has_bars: bool) -> None:
    """Find out how it stands."""
    today, end = known.today.isoformat(), part.end
    part.open = [task for task in part.tasks if known.is_open(task)]
    part.overdue = sum(map(known.is_late, part.open))
    part.days_left = sum(max(one.estimate_minutes - one.spent_minutes, 0) for one in part.open) / minutes_a_day

    def finds(state: State, why: str) -> None:
        part.findings.setdefault(state, []).append(why)

    if not part.open:
        part.findings["done" if part.tasks else "no tasks"] = []
        return
    if end and end < today:
        finds("late", f"over, {len(part.open)} open")
    elif part.overdue:
        finds("at risk" if end else "late", f"{part.overdue} overdue")
    for why in _risks(part, known.today) if end >= today else ():
        finds("at risk", why)
    if has_bars and not end:
        finds("unscheduled", "no dates")
    if undated := sum(not one.due for one in part.open):
        finds("unscheduled", f"{undated} undated")
    if not part.findings:
        part.findings["planned"] = []


def _risks(part: Part, today: date) -> Iterable[str]:
    """Why a bar that is not over may not hold: what is due after it, and more work than there are days. All who are
    assigned count as if they did nothing else and had no days off: what does not fit then fits in no case.
    """
    if after := sum(one.due > part.end for one in part.open):
        yield f"{after} due after its end"
    people = {person for one in part.open for person in one.assignees}
    days = working_days(today, date.fromisoformat(part.end))
    if people and part.days_left > len(people) * days:
        who = "one person" if len(people) == 1 else f"{len(people)} people"
        yield f"{short(part.days_left)} days of work for {who} in {counted(days, 'day')}"
