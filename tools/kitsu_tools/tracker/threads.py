"""A task as its own record has it, what people wrote on it, and its previews."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kitsu_tools.tracker.session import KitsuSession


@dataclass(frozen=True, slots=True)
class TaskRecord:
    """A task. `start` and `due` are YYYY-MM-DD, `done` is UTC; all empty when unset."""

    id: str
    status_id: str
    assignees: tuple[str, ...]
    start: str
    due: str
    done: str
    estimate_minutes: int
    spent_minutes: int
    priority: int | None
    difficulty: int | None
    retakes: int | None
    description: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file beside a comment, or beside the reply `reply_id`."""

    name: str
    type: str
    bytes: int
    reply_id: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What was written below a comment. `at` is UTC."""

    id: str
    at: str
    person_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment. `at` is UTC. `checklist`: whether it is ticked, and what is to be done. `revisions`: of each preview
    file that was posted with it.
    """

    at: str
    person_id: str
    status_id: str
    text: str
    checklist: tuple[tuple[bool, str], ...]
    replies: tuple[Reply, ...]
    attachments: tuple[Attachment, ...]
    links: tuple[str, ...]
    revisions: tuple[int, ...]
    pinned: bool
    for_client: bool
    editor_id: str
    acknowledged_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """A preview file. `at` is UTC."""

    id: str
    revision: int
    extension: str
    validation_status: str
    at: str


async def task_record(session: KitsuSession, task_id: str) -> TaskRecord:
    """A task as it is now."""
    record = await session.read(f"data/tasks/{task_id}")
    return TaskRecord(
        record["id"],
        record["task_status_id"],
        tuple(record.get("assignees") or ()),
        (record.get("start_date") or "")[:10],
        (record.get("due_date") or "")[:10],
        record.get("done_date") or "",
        int(record.get("estimation") or 0),
        int(record.get("duration") or 0),
        record.get("priority"),
        record.get("difficulty"),
        record.get("retake_count"),
        record.get("description") or "",
    )


async def thread_of(session: KitsuSession, task_id: str) -> list[Comment]:
    """The comments of a task, the newest first, as far as the role is shown them."""
    return [_comment(one) for one in await session.read(f"data/tasks/{task_id}/comments")]


async def previews_of(session: KitsuSession, task_id: str) -> list[Preview]:
    """The previews of a task, the newest revision first."""
    previews = [
        Preview(
            one["id"],
            one.get("revision") or 0,
            one.get("extension") or "",
            one.get("validation_status") or "",
            one.get("created_at") or "",
        )
        for one in await session.read(f"data/tasks/{task_id}/previews")
    ]
    return sorted(previews, key=lambda one: one.revision, reverse=True)


def _comment(record: Mapping[str, Any]) -> Comment:
    return Comment(
        record.get("created_at") or "",
        record.get("person_id") or "",
        record.get("task_status_id") or "",
        record.get("text") or "",
        _checklist(record.get("checklist")),
        tuple(map(_reply, record.get("replies") or ())),
        tuple(map(_attachment, record.get("attachment_files") or ())),
        tuple(filter(None, record.get("links") or ())),
        tuple(one.get("revision") or 0 for one in record.get("previews") or ()),
        bool(record.get("pinned")),
        bool(record.get("for_client")),
        record.get("editor_id") or "",
        tuple(record.get("acknowledgements") or ()),
    )


def _checklist(given: Any) -> tuple[tuple[bool, str], ...]:  # noqa: ANN401  JSON
    """Zou 1.0.97 keeps whatever a script put there: bare texts, nothing, one item that is no list."""
    items: list[Any] = given if isinstance(given, list) else [given] if given else []  # pyright: ignore[reportUnknownVariableType]
    ticks: list[Mapping[str, Any]] = [
        one if isinstance(one, dict) and "text" in one else {"text": one} for one in items
    ]
    return tuple((bool(one.get("checked")), str(one.get("text") or "")) for one in ticks)


def _reply(record: Mapping[str, Any]) -> Reply:
    return Reply(
        record.get("id") or "", record.get("date") or "", record.get("person_id") or "", record.get("text") or ""
    )


def _attachment(record: Mapping[str, Any]) -> Attachment:
    return Attachment(
        str(record.get("name") or "file"),
        record.get("extension") or record.get("mimetype") or "",
        record.get("size") or 0,
        record.get("reply_id") or "",
    )
