"""Reading Kitsu past every board: what a task is now, who changed it, and whether a comment of ours is there."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kitsu_tools.gate.change import Value
from kitsu_tools.tracker.by_ids import records_by
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.write.comments.effects import TaskNow


async def tasks_of(kitsu: Kitsu, entity_ids: Iterable[str]) -> list[TaskNow]:
    """All tasks of these entities, as Kitsu says at this moment."""
    return [_task_now(one) for one in await _tasks(kitsu, "entity_id", entity_ids)]


async def statuses_of(kitsu: Kitsu, task_ids: Sequence[str]) -> dict[str, Value]:
    """The status of each task at this moment, by id; a task that is gone is missing."""
    statuses = await kitsu.directory.statuses.get()
    found = await _tasks(kitsu, "id", task_ids)
    shorts = {status_id: status.short_name for status_id, status in statuses.items()}
    return {one["id"]: Value(one["task_status_id"], shorts.get(one["task_status_id"], "?")) for one in found}


async def posted(kitsu: Kitsu, task_id: str, code: str) -> dict[str, Any] | None:
    """Our comment that ends with this journal code, as Zou lists it; None when the task has none."""
    comments, place = await _ours(kitsu, task_id, code)
    return None if place is None else comments[place]


async def statuses_since(kitsu: Kitsu, task_id: str, code: str) -> list[str] | None:
    """The status of each comment that came after our own with this journal code; None when that is not there."""
    comments, place = await _ours(kitsu, task_id, code)
    return None if place is None else [one["task_status_id"] for one in comments[:place]]


async def _ours(kitsu: Kitsu, task_id: str, code: str) -> tuple[list[dict[str, Any]], int | None]:
    """The comments of a task, newest first, and where ours is among them.

    Ours by its author too: who has read a code can end a comment of their own with it.
    """
    me = await kitsu.directory.me.get()
    comments = await kitsu.session.read(f"data/tasks/{task_id}/comments")
    for place, comment in enumerate(comments):
        if comment.get("person_id") == me.id and str(comment.get("text") or "").rstrip().endswith(f"[{code}]"):
            return comments, place
    return comments, None


async def changed_by_whom(kitsu: Kitsu, task_id: str) -> str:
    """Who commented last on a task, when, and with which status."""
    comments = await kitsu.session.read(f"data/tasks/{task_id}/comments")
    if not comments:
        return "its status was changed without a comment"
    last, clock = comments[0], await kitsu.clock()
    person = (await kitsu.directory.people.get()).get(last.get("person_id") or "")
    status = (await kitsu.directory.statuses.get()).get(last.get("task_status_id") or "")
    who, short = person.label if person else "someone", status.short_name if status else "?"
    return f"{who} set {short} at {clock.local(last.get('created_at'))} {clock.zone.key}"


async def _tasks(kitsu: Kitsu, column: str, ids: Iterable[str]) -> Sequence[Mapping[str, Any]]:
    return await records_by(kitsu.session, "data/tasks", column, ids, relations="true")


def _task_now(record: Mapping[str, Any]) -> TaskNow:
    return TaskNow(
        record["id"],
        record.get("name") or "",
        record["entity_id"],
        record["task_type_id"],
        record["task_status_id"],
        tuple(record.get("assignees") or ()),
        int(record.get("retake_count") or 0),
    )
