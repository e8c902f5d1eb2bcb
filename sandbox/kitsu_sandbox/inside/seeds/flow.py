"""Tasks with the history that brought them to their status: comments, replies, dates, time spent, news, events."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from seeds.rows import Rows, uid

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence
    from uuid import UUID

    from seeds.studio import Studio

DAY = dt.timedelta(days=1)
TEXTS = {
    "ready": ["Assets are in, you can start.", "Everything is published, go ahead."],
    "wip": [
        "First pass blocked out, still rough on the hands.",
        "Started from the animatic timing.",
        "Picking this up.",
    ],
    "wfa": [
        "Please review, timing adjusted from last notes.",
        "New version, silhouette and eye line fixed.",
        "Ready for review.\nContact shadows still come from the old light rig.",
    ],
    "retake": [
        "The weight shift reads too floaty between 1040 and 1060, please fix.",
        "The colour of the sky jumps at the cut, please match the previous shot.",
        "Nice, but the prop intersects the hand on the last ten frames.",
    ],
    "done": ["Approved, great work.", "Approved."],
    "hold": ["On hold until the script change is decided."],
    "omit": ["Not needed any more."],
    "oldhold": ["Parked."],
    "approved": ["This is the direction."],
    "rejected": ["Too dark, see the reference board."],
    "neutral": ["Two options to choose from."],
}
FLOWS: dict[str, list[list[str]]] = {
    "todo": [[]],
    "ready": [["ready"]],
    "wip": [["wip"], ["ready", "wip"]],
    "wfa": [["wip", "wfa"], ["ready", "wip", "wfa"], ["wip", "wfa", "retake", "wfa"]],
    "retake": [["wip", "wfa", "retake"], ["wip", "wfa", "retake", "wfa", "retake"]],
    "done": [["wip", "wfa", "done"], ["wip", "wfa", "retake", "wip", "wfa", "done"]],
    "hold": [["wip", "hold"]],
    "omit": [["omit"]],
    "oldhold": [["wip", "oldhold"]],
    "neutral": [[]],
    "approved": [["neutral", "approved"]],
    "rejected": [["rejected"]],
}
ARTIST_STATUSES = {"wip", "wfa"}
ESTIMATES_MINUTES = [480, 960, 1440, 2400]


@dataclass(frozen=True)
class Preview:
    """A preview file to come: of which task and entity, which revision, a movie (of so many frames a second) or a
    picture.
    """

    id: UUID
    task: UUID
    entity: UUID
    label: str
    revision: int
    movie: bool
    fps: str


@dataclass
class Production:
    """A production being written: where its rows go and what its tasks are dated by."""

    id: UUID
    name: str
    studio: Studio
    rows: Rows
    anchor: dt.datetime
    random: random.Random
    fps: str = "24"
    supervisors: dict[str, str] = field(default_factory=dict[str, str])
    previews: list[Preview] = field(default_factory=list)


@dataclass(frozen=True)
class Note:
    """A comment that leaves the status as it is."""

    author: str
    text: str
    for_client: bool = False
    mentions: Sequence[str] = ()


@dataclass
class Task:
    """A task to write: what it is, where it stands, and the days (counted from the anchor) it starts and is due on."""

    entity: UUID
    kind: str
    type: str
    status: str
    start: int
    due: int
    assignees: Sequence[str] = ()
    name: str = "main"
    priority: int = 0
    opening: str | None = None
    notes: Sequence[Note] = ()

    @property
    def id(self) -> UUID:
        """The task's id."""
        return uid("task", self.entity, self.type, self.name)

    def comment_id(self, place: int) -> UUID:
        """The id of the task's comment at this place, oldest first."""
        return uid("comment", self.id, place)


@dataclass
class _History:
    statuses: list[str]
    moments: list[dt.datetime]
    minutes: int = 0

    def last(self, status: str) -> dt.datetime | None:
        found = [moment for moment, name in zip(self.moments, self.statuses, strict=True) if name == status]
        return found[-1] if found else None

    def first(self, status: str) -> dt.datetime | None:
        found = [moment for moment, name in zip(self.moments, self.statuses, strict=True) if name == status]
        return found[0] if found else None


def add_task(production: Production, task: Task) -> None:
    """Write a task, its comments and everything Zou would have derived from them."""
    flow = production.random.choice(FLOWS[task.status])
    if task.opening and flow and flow[0] != "ready":
        flow = ["ready", *flow]
    history = _History(flow, _moments(production, task, len(flow) + len(task.notes)))
    notes_at = history.moments[len(flow) :]
    history.moments = history.moments[: len(flow)]
    _add_comments(production, task, history)
    for place, (note, moment) in enumerate(zip(task.notes, notes_at, strict=True), len(flow)):
        status = flow[-1] if flow else task.status
        _add_comment(production, task, place, status, moment, person(production, note.author), note.text, note=note)
    history.minutes = _add_time_spent(production, task)
    done = task.status == "done"
    production.rows.add(
        "task",
        at=production.anchor - 60 * DAY,
        id=task.id,
        name=task.name,
        priority=task.priority,
        difficulty=production.random.randint(1, 5),
        duration=history.minutes,
        estimation=production.random.choice(ESTIMATES_MINUTES),
        retake_count=sum(
            1 for place, name in enumerate(flow) if name == "retake" and (place == 0 or flow[place - 1] != "retake")
        ),
        start_date=production.anchor + task.start * DAY,
        due_date=production.anchor + task.due * DAY,
        real_start_date=history.first("wip"),
        end_date=history.last("wfa") if task.status in {"wfa", "done"} else None,
        done_date=history.last("done") if done else None,
        last_comment_date=[*history.moments, *notes_at][-1] if history.moments or notes_at else None,
        project_id=production.id,
        task_type_id=production.studio.task_types[task.kind, task.type],
        task_status_id=production.studio.statuses[task.status],
        entity_id=task.entity,
        assigner_id=production.studio.people["Mara"],
    )
    for name in task.assignees:
        production.rows.add("task_person_link", task_id=task.id, person_id=person(production, name))


def person(production: Production, name: str) -> UUID:
    """A person by first name, or a bot by `bot:role`."""
    if name.startswith("bot:"):
        return production.studio.bots[name.removeprefix("bot:")]
    return production.studio.people[name]


def _moments(production: Production, task: Task, count: int) -> list[dt.datetime]:
    """Working moments between the task's start and its due day, the latest on the day before the anchor."""
    first = min(task.start, -2)
    last = max(first + 1, min(task.due, -1))
    jitter = dt.timedelta(minutes=production.random.randint(0, 300))
    whole = (last - first) * DAY - 16 * dt.timedelta(hours=1) + dt.timedelta(hours=8)
    start = production.anchor + first * DAY + dt.timedelta(hours=8) + jitter
    return [start + whole * (place / max(count, 1)) for place in range(count)]


def _add_comments(production: Production, task: Task, history: _History) -> None:
    before = "todo"
    lead = production.supervisors.get(task.kind, "Mara")
    for place, (status, moment) in enumerate(zip(history.statuses, history.moments, strict=True)):
        author = task.assignees[0] if task.assignees and status in ARTIST_STATUSES else lead
        text = task.opening if place == 0 and task.opening else production.random.choice(TEXTS[status])
        _add_comment(
            production, task, place, status, moment, person(production, author), text, before=before, lead=lead
        )
        before = status


def _add_comment(
    production: Production,
    task: Task,
    place: int,
    status: str,
    moment: dt.datetime,
    author: UUID,
    text: str,
    *,
    before: str | None = None,
    lead: str = "Mara",
    note: Note | None = None,
) -> None:
    """Write a comment and what Zou derives: news, notifications, events. `before` is the status before it."""
    rows, comment = production.rows, task.comment_id(place)
    changed = before is not None and before != status
    retake = status == "retake" and note is None
    rows.add(
        "comment",
        at=moment,
        id=comment,
        object_id=task.id,
        text=text,
        task_status_id=production.studio.statuses[status],
        person_id=author,
        for_client=note.for_client if note else False,
        checklist=[{"text": "hands", "checked": False}, {"text": "eye line", "checked": True}] if retake else [],
        replies=[_reply(production, task, comment, moment, lead)] if retake else [],
    )
    if task.kind != "Concept":
        rows.add(
            "news",
            at=moment,
            id=uid("news", comment),
            change=changed,
            author_id=author,
            comment_id=comment,
            task_id=task.id,
        )
    told = {person(production, name): "comment" for name in task.assignees}
    for name in note.mentions if note else ():
        told[person(production, name)] = "mention"
        rows.add("comment_mentions", comment=comment, person=person(production, name))
    for reader, why in told.items():
        if reader != author:
            rows.add(
                "notification", at=moment, id=uid("notification", comment, reader), type=why, change=changed,
                person_id=reader, author_id=author, comment_id=comment, task_id=task.id,
            )  # fmt: skip
    _add_events(production, task, comment, moment, author, status, before if changed else None)


def _reply(production: Production, task: Task, comment: UUID, moment: dt.datetime, lead: str) -> dict[str, Any]:
    replied = (moment + dt.timedelta(minutes=35)).replace(microsecond=0).isoformat()
    author = person(production, task.assignees[0] if task.assignees else lead)
    return {
        "id": str(uid("reply", comment)),
        "date": replied,
        "created_at": replied,
        "text": "Understood, new version tomorrow.",
        "person_id": str(author),
        "mentions": [],
        "department_mentions": [],
    }


def _add_events(
    production: Production,
    task: Task,
    comment: UUID,
    moment: dt.datetime,
    author: UUID,
    status: str,
    before: str | None,
) -> None:
    common = {"task_id": str(task.id), "person_id": str(author), "project_id": str(production.id)}
    statuses = production.studio.statuses
    events: dict[str, dict[str, Any]] = {
        "comment:new": {"comment_id": str(comment), "task_status_id": str(statuses[status]), "for_client": False}
    }
    if before:
        events["task:status-changed"] = {
            "new_task_status_id": str(statuses[status]),
            "previous_task_status_id": str(statuses[before]),
        }
    for name, data in events.items():
        production.rows.add(
            "api_event", at=moment, id=uid("event", name, comment), name=name, user_id=author, project_id=production.id,
            data=common | data,
        )  # fmt: skip


def _add_time_spent(production: Production, task: Task) -> int:
    """Up to three days of work by the first assignee, in minutes; nothing on a task nobody began."""
    if not task.assignees or task.status in {"todo", "ready", "omit", "neutral"}:
        return 0
    total = 0
    for day in range(task.start, min(task.start + production.random.randint(1, 3), 0)):
        minutes = production.random.choice([120, 240, 480])
        production.rows.add(
            "time_spent", id=uid("time", task.id, day - task.start), duration=minutes,
            date=(production.anchor + day * DAY).date(), task_id=task.id,
            person_id=person(production, task.assignees[0]),
        )  # fmt: skip
        total += minutes
    return total
