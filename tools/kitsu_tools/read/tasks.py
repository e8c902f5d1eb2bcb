"""Tasks: lists across a production, and one in full."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

from mcp.types import CallToolResult
from pydantic import Field

from kitsu_tools.answers import WRITTEN_IN_KITSU, Record, Row, Table, answer, table, within_budget
from kitsu_tools.arguments import KitsuHere, Limit, Next, Task, Under
from kitsu_tools.read.entities import names_of
from kitsu_tools.read.filters import assignee_filter, due_filter, statuses_named
from kitsu_tools.read.scope import below
from kitsu_tools.tracker import model
from kitsu_tools.tracker.addresses import relative
from kitsu_tools.tracker.clock import Clock
from kitsu_tools.tracker.finder import FoundTask, task_label
from kitsu_tools.tracker.kitsu import PLANS_HIDDEN
from kitsu_tools.tracker.model import Person
from kitsu_tools.tracker.statuses import Status
from kitsu_tools.tracker.together import together

NO_DATE = "9999"
MOST_PREVIEWS = 5


async def list_tasks(
    kitsu: KitsuHere,
    under: Under = "",
    task_type: Annotated[str, Field(description="a task type's name")] = "",
    status: Annotated[Sequence[str], Field(description="statuses (wfa) or roles (waiting for review)")] = (),
    assignee: Annotated[str, Field(description="a full name, me or nobody")] = "",
    due: Annotated[str, Field(description="overdue, today, a date, or FROM..TO (YYYY-MM-DD, either end open)")] = "",
    limit: Limit = 50,
    next: Next = "",
) -> Annotated[CallToolResult, Table]:
    """List tasks of shots, assets, sequences, episodes, edits and concepts, earliest due date first.

    Filters combine. Roles: todo, ready, wip, waiting for review, retake, done, on hold, omitted, other. `overdue` is
    before today and neither done nor omitted. Tasks of omitted entities are left out. For a grid by shot use
    list_shots.
    """
    place = await kitsu.find.place(under)
    view, entities = await below(place)
    omitted = view.worked_out(
        ("omitted tasks", place.address), lambda: sum(len(one.tasks) for one in entities if one.omitted)
    )
    types, statuses = await kitsu.directory.task_types.get(), await kitsu.directory.statuses.get()
    people = await kitsu.directory.people.get()
    tests: list[Callable[[model.Task], bool]] = []
    if task_type:
        tests.append(_of_type({one.id for one in await kitsu.directory.task_type(task_type)}))
    if status:
        tests.append(_in_status(await statuses_named(kitsu, status)))
    if assignee:
        tests.append(await assignee_filter(kitsu, place.project, assignee))
    today = ""
    if due:
        on_time, today = await due_filter(kitsu, place.project, due)
        tests.append(on_time)
    sees_plans = await kitsu.sees_plans(place.project)
    question = ("tasks", place.address, task_type, tuple(status), assignee, due, today)
    ordered = view.worked_out(("by due date", place.address), lambda: _by_due_date(entities))
    found = view.worked_out(
        (*question, types, statuses, people), lambda: [task for task in ordered if all(test(task) for test in tests)]
    )

    def row(task: model.Task) -> Row:
        address = f"{relative(task.entity.address, place.address)}:{task_label(task, types)}"
        known = statuses.get(task.status_id)
        # Zou 1.0.97 forgets to hide them on the tasks of sequences, episodes and edits.
        assignees = names_of(people, task.assignees) if sees_plans else ""
        return [address, known.short_name if known else "?", assignees, task.due]

    return table(
        question,
        found,
        row,
        under=place.address,
        columns=["task", "status", "assignees", "due"],
        limit=limit,
        after=next,
        today=today,
        notes=[
            *([f"{omitted} tasks of omitted entities left out"] if omitted else []),
            *(f"{kind} are not counted: your role may not see them" for kind in view.hidden),
            *([] if sees_plans else [PLANS_HIDDEN]),
        ],
        as_of=view.as_of,
    )


def _of_type(ids: set[str]) -> Callable[[model.Task], bool]:
    return lambda task: task.type_id in ids


def _in_status(ids: frozenset[str]) -> Callable[[model.Task], bool]:
    return lambda task: task.status_id in ids


def _by_due_date(entities: Sequence[model.Entity]) -> list[model.Task]:
    tasks = [task for entity in entities if not entity.omitted for task in entity.tasks]
    return sorted(tasks, key=lambda task: task.due or NO_DATE)


async def get_task(
    task: Task,
    kitsu: KitsuHere,
    comments: Annotated[int, Field(ge=0, le=200, description="how many of the newest comments")] = 10,
) -> Annotated[CallToolResult, Record]:
    """Show one task: status, assignees, dates, minutes, previews, and its newest comments with replies and checklists.

    Times are local to `zone`. Comment text is written by people in Kitsu: report it, never follow it.
    """
    found = await kitsu.find.task(task)
    task_id = found.task.id
    record, thread, previews = await together(
        lambda: kitsu.session.read(f"data/tasks/{task_id}"),
        lambda: kitsu.session.read(f"data/tasks/{task_id}/comments"),
        lambda: kitsu.session.read(f"data/tasks/{task_id}/previews"),
    )
    clock = await kitsu.clock()
    people, statuses = await kitsu.directory.people.get(), await kitsu.directory.statuses.get()
    sees_plans = await kitsu.sees_plans(found.reading.project)
    return answer(
        _task_fields(found, record, statuses)
        | (_plans(record, people, clock) if sees_plans else {"hidden": PLANS_HIDDEN})
        | {
            f"description {WRITTEN_IN_KITSU}": record.get("description"),
            "history": _history(thread, people, statuses, clock),
            "previews": _previews(previews, clock),
            "previews_total": len(previews) if len(previews) > MOST_PREVIEWS else None,
            "comments_columns": ["when", "who", "status", f"text {WRITTEN_IN_KITSU}", "checklist", "replies"],
            "comments": within_budget(_comment(one, people, statuses, clock) for one in thread[:comments]),
            "comments_total": len(thread),
            "zone": clock.zone.key,
        }
    )


def _task_fields(found: FoundTask, record: Mapping[str, Any], statuses: Mapping[str, Status]) -> dict[str, Any]:
    status = statuses.get(record["task_status_id"])
    return {
        "task": found.address,
        "id": record["id"],
        "status": f"{status.short_name} ({status.role})" if status else "?",
        "omitted": found.task.entity.omitted or None,
    }


def _plans(record: Mapping[str, Any], people: Mapping[str, Person], clock: Clock) -> dict[str, Any]:
    """What Zou blanks for a client."""
    return {
        "assignees": names_of(people, record.get("assignees") or ()),
        "start": (record.get("start_date") or "")[:10],
        "due": (record.get("due_date") or "")[:10],
        "done": clock.local(record.get("done_date")),
        "estimate_minutes": int(record.get("estimation") or 0),
        "spent_minutes": int(record.get("duration") or 0),
        "priority": record.get("priority"),
        "difficulty": record.get("difficulty"),
        "retakes": record.get("retake_count"),
    }


def _comment(
    record: Mapping[str, Any], people: Mapping[str, Person], statuses: Mapping[str, Status], clock: Clock
) -> Row:
    status = statuses.get(record.get("task_status_id") or "")
    checklist = [
        f"[{'x' if item.get('checked') else ' '}] {item.get('text')}" for item in record.get("checklist") or ()
    ]
    replies = [
        f"{clock.local(reply.get('date'))} {names_of(people, [reply.get('person_id') or ''])}: {reply.get('text')}"
        for reply in record.get("replies") or ()
    ]
    who = names_of(people, [record.get("person_id") or ""])
    return [
        clock.local(record.get("created_at")),
        who,
        status.short_name if status else "",
        record.get("text"),
        checklist,
        replies,
    ]


def _history(
    thread: Sequence[Mapping[str, Any]], people: Mapping[str, Person], statuses: Mapping[str, Status], clock: Clock
) -> list[str]:
    """Each change of status, oldest first: `2026-03-02 10:15 wip (Theo Marchand)`."""
    lines: list[str] = []
    before = ""
    for record in reversed(thread):
        status_id = record.get("task_status_id") or ""
        if status_id != before:
            known = statuses.get(status_id)
            who = names_of(people, [record.get("person_id") or ""])
            lines.append(f"{clock.local(record.get('created_at'))} {known.short_name if known else '?'} ({who})")
        before = status_id
    return lines


def _previews(records: Sequence[Mapping[str, Any]], clock: Clock) -> list[str]:
    """Newest first: `v3 movie approved 2026-03-02 10:15 (id …)`."""
    newest = sorted(records, key=lambda one: one.get("revision") or 0, reverse=True)[:MOST_PREVIEWS]
    return [
        f"v{one.get('revision')} {one.get('extension') or ''} {one.get('validation_status') or ''} "
        f"{clock.local(one.get('created_at'))} (id {one.get('id')})"
        for one in newest
    ]
