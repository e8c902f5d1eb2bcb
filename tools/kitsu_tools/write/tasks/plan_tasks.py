"""When tasks are done, in how long and how urgently: one PUT a task, as Zou has no batch route for dates, with the
fields that change alone.

Who may is told by `check_supervisor_task_access` of Zou 1.0.97. Zou checks no date against another.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Annotated, Any

from pydantic import Field as Argument

from kitsu_tools.arguments import KitsuHere
from kitsu_tools.gate.change import Change, Field, Item, Raw, Value
from kitsu_tools.gate.kind import Looked
from kitsu_tools.gate.sets_fields import SetsFields, Wanted, puts
from kitsu_tools.tracker.by_ids import records_by
from kitsu_tools.tracker.days_off import days_off
from kitsu_tools.tracker.errors import BadInput, NotPermitted, listed
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.write.snapshot import omitted, permitted
from kitsu_tools.write.task_names import Tasks
from kitsu_tools.write.tasks.now import EVERYWHERE, TasksNow, changed_at, tasks_now
from kitsu_tools.write.tasks.values import (
    day_value,
    day_wanted,
    minutes_value,
    minutes_wanted,
    priority_value,
    priority_wanted,
)
from kitsu_tools.write.tool import writes


@writes
async def plan_tasks(
    kitsu: KitsuHere,
    tasks: Tasks,
    start: Annotated[str, Argument(description="YYYY-MM-DD")] = "",
    due: Annotated[str, Argument(description="YYYY-MM-DD")] = "",
    estimate: Annotated[str, Argument(description="as 2d, 1.5d, 16h or 30m; a day is the studio's")] = "",
    priority: Annotated[
        str, Argument(coerce_numbers_to_str=True, description="normal, high, very high or emergency")
    ] = "",
    difficulty: Annotated[int, Argument(ge=1, le=5, description="3 is usual")] = 0,
) -> Change:
    """Set dates, estimate, priority or difficulty of up to 1,000 tasks of one project, after the person said yes in a
    dialog.

    What is left out stays; "none" clears a date or an estimate. Returns what became of each.
    """
    today, hours = (await kitsu.clock()).today(), await kitsu.directory.hours_by_day.get() if estimate.strip() else None
    fields: dict[str, Raw] = {}
    for name, text in ((START, start), (DUE, due)):
        if text.strip():
            fields[name] = day_wanted(text, "start" if name == START else "due", today)
    if estimate.strip():
        fields[ESTIMATE] = minutes_wanted(estimate, hours)
    if priority.strip():
        fields[PRIORITY] = priority_wanted(priority)
    if difficulty:
        fields[DIFFICULTY] = difficulty
    if not fields:
        raise BadInput("Name at least one of start, due, estimate, priority and difficulty.")
    now = await tasks_now(kitsu, tasks)
    wanted = dict.fromkeys(now.found, fields)
    refuse_reversed(now, wanted)
    change = await plan_fields(kitsu, "plan_tasks", now, wanted, "Plan")
    if not change.items:
        raise BadInput("Every task is planned so already.")
    return change


START, DUE, ESTIMATE, PRIORITY, DIFFICULTY = "start_date", "due_date", "estimation", "priority", "difficulty"
LABELS = {START: "start", DUE: "due", ESTIMATE: "estimate", PRIORITY: "priority", DIFFICULTY: "difficulty"}
_WEEKEND = ("Saturday", "Sunday")


async def plan_fields(kitsu: Kitsu, tool: str, now: TasksNow, wanted: Wanted, verb: str) -> Change:
    """What makes these fields of tasks, by name, so.

    Raises:
        NotPermitted: Zou would refuse the role one of them.
    """
    hours = await kitsu.directory.hours_by_day.get()
    items = [_item(now, task_id, fields, hours) for task_id, fields in wanted.items()]
    moving = tuple(item for item in items if item.changes)
    await permitted(kitsu, now, partial(_refuse_role, items=moving))
    return now.change(
        Change,
        items,
        moving,
        kind="plans",
        tool=tool,
        verb=verb,
        warnings=(*await _warnings(kitsu, now, moving), *omitted(now.found.values())),
        posts=False,
        detail=_sums(moving),
    )


def refuse_reversed(now: TasksNow, wanted: Wanted) -> None:
    """Refuse dates that end before they begin, also beside one that stays.

    Raises:
        BadInput: which tasks they are.
    """
    reversed_: list[str] = []
    for task_id, fields in wanted.items():
        start, due = (_day({**now.records[task_id], **fields}[one]) for one in (START, DUE))
        if fields.keys() & {START, DUE} and start and due and start > due:
            reversed_.append(f"{now.found[task_id].address} ({start} to {due})")
    if reversed_:
        raise BadInput(f"These would be due before they start: {listed(reversed_, 6)}. Give both dates, or others.")


def _item(now: TasksNow, task_id: str, wanted: Mapping[str, Raw], hours: float | None) -> Item:
    before = _values(now.records[task_id], hours)
    after = _values({**now.records[task_id], **wanted}, hours)
    # A date beside one that is set is counted on: moved by somebody meanwhile, it could be the later one.
    beside = [one for one in (START, DUE) if wanted.keys() & {START, DUE} and before[one].raw]
    fields = [_field(one, before[one], after[one]) for one in LABELS if one in wanted or one in beside]
    if sum(one.changes for one in fields) > 1:  # an entry of the question has no room for what several were
        fields = [replace(one, move=one.after.shown) for one in fields]
    return Item(task_id, task_id, now.found[task_id].address, tuple(fields))


def _sums(items: Sequence[Item]) -> str:
    """What is set, where an entry of the question has no room for it and all are set alike."""
    values = {(one.label, one.after.shown) for item in items for one in item.fields if one.changes}
    said = dict(sorted(values, key=lambda one: list(LABELS.values()).index(one[0])))
    return f"{', '.join(map(' '.join, said.items()))}." if len(values) == len(said) > 2 else ""


def _field(name: str, before: Value, after: Value) -> Field:
    # Of a date the time of the day, which Kitsu's page does not show, is no difference.
    same = name in {START, DUE} and _day(before.raw) == _day(after.raw)
    return Field(name, before, before if same else after, LABELS[name])


def _values(record: Mapping[str, Any], hours: float | None) -> dict[str, Value]:
    return {
        START: day_value(record[START]),
        DUE: day_value(record[DUE]),
        ESTIMATE: minutes_value(record[ESTIMATE], hours),
        PRIORITY: priority_value(record[PRIORITY]),
        DIFFICULTY: Value(record[DIFFICULTY], str(record[DIFFICULTY])),
    }


def _day(raw: Raw) -> str:
    return str(raw or "")[:10]


async def _refuse_role(now: TasksNow, items: Sequence[Item]) -> None:
    refused = [
        item.target for item in items if now.role not in EVERYWHERE and not now.supervised(now.type_of(item.target))
    ]
    if refused:
        may = "only tasks of its departments" if now.role == "supervisor" else "nothing"
        raise NotPermitted(f"The role {now.role!r} plans {may}; not {now.addresses(refused)}.")


async def _warnings(kitsu: Kitsu, now: TasksNow, items: Sequence[Item]) -> list[str]:
    """Dates that are past or fall on a weekend, and days off of assignees between a task's dates."""
    today = now.clock.today().isoformat()
    dated = [one for item in items for one in item.fields if one.name in {START, DUE} and one.changes and one.after.raw]
    warnings: list[str] = []
    for label, day in dict.fromkeys((one.label, _day(one.after.raw)) for one in dated):
        weekday = date.fromisoformat(day).strftime("%A")
        if day < today:
            warnings.append(f"{label} {day} is past (today {now.clock.stamp()})")
        if weekday in _WEEKEND:
            warnings.append(f"{label} {day} is a {weekday}")
    return [*warnings, *(await _days_off(kitsu, now, items) if dated else [])]


async def _days_off(kitsu: Kitsu, now: TasksNow, items: Sequence[Item]) -> list[str]:
    spans = {item.target: span for item in items if (span := _span(item))}
    first, last = min(spans.values())[0], max(last for _, last in spans.values())
    off = await days_off(kitsu, now.project.id, date.fromisoformat(first), date.fromisoformat(last))
    if off is None:
        return ["Days off are not known here"]
    warnings: dict[str, list[str]] = {}
    for task_id, (first, last) in spans.items():
        for person in now.records[task_id].get("assignees", now.found[task_id].task.assignees):
            for begins, ends in ((str(one), str(other)) for one, other in off.get(person, ())):
                if begins <= last and ends >= first:
                    when = begins if begins == ends else f"{begins} to {ends}"
                    name = now.people[person].label if person in now.people else "?"
                    warnings.setdefault(f"{name} is off {when}", []).append(task_id)
    return [f"{says}: {now.addresses(tasks, 3)}" for says, tasks in warnings.items()]


def _span(item: Item) -> tuple[str, str] | None:
    days = sorted(_day(one.after.raw) for one in item.fields if one.name in {START, DUE} and one.after.raw)
    return (days[0], days[-1]) if days else None


async def _look(kitsu: Kitsu, targets: Sequence[str]) -> Looked:
    hours = await kitsu.directory.hours_by_day.get()
    return {one["id"]: _values(one, hours) for one in await records_by(kitsu.session, "data/tasks", "id", targets)}


async def _again(kitsu: Kitsu, wanted: Wanted) -> Change:
    return await plan_fields(
        kitsu, "undo_change", await tasks_now(kitsu, list(wanted)), wanted, "Take back the plan of"
    )


PLANS = SetsFields(look=_look, requests=partial(puts, "data/tasks"), changed_by=changed_at, again=_again)
