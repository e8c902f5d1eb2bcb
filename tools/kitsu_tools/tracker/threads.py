"""A task as its own record has it, what people wrote on it, and its previews."""

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator

from kitsu_tools.tracker.model import Day, Flag, Ids, Several, Text, Whole, decoded, zou
from kitsu_tools.tracker.session import KitsuSession


@dataclass(frozen=True, slots=True)
class TaskRecord:
    """A task. `start` and `due` are YYYY-MM-DD, `done` is UTC; all empty when unset."""

    id: str
    status_id: Annotated[str, zou("task_status_id")]
    assignees: Ids = ()
    start: Annotated[Day, zou("start_date")] = ""
    due: Annotated[Day, zou("due_date")] = ""
    done: Annotated[Text, zou("done_date")] = ""
    estimate_minutes: Annotated[Whole, zou("estimation")] = 0
    spent_minutes: Annotated[Whole, zou("duration")] = 0
    priority: int | None = None
    difficulty: int | None = None
    retakes: Annotated[int | None, zou("retake_count")] = None
    description: Text = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file beside a comment, or beside the reply `reply_id`."""

    id: Text = ""
    name: Annotated[str, BeforeValidator(lambda name: str(name or "file"))] = "file"
    extension: Text = ""
    mimetype: Text = ""
    bytes: Annotated[Whole, zou("size")] = 0
    reply_id: Text = ""

    @property
    def type(self) -> str:
        """What kind of file it is."""
        return self.extension or self.mimetype


@dataclass(frozen=True, slots=True)
class Reply:
    """What was written below a comment. `at` is UTC."""

    id: Text = ""
    at: Annotated[Text, zou("date")] = ""
    person_id: Text = ""
    text: Text = ""
    mentions: Ids = ()
    department_mentions: Ids = ()

    @property
    def handle(self) -> str:
        """How it is called behind its comment: the beginning of its id."""
        return self.id[:8]


def _checklist(given: Any) -> tuple[tuple[bool, str], ...]:  # noqa: ANN401  JSON
    """Zou 1.0.97 keeps whatever a script put there: bare texts, nothing, one item that is no list."""
    items: list[Any] = given if isinstance(given, list) else [given] if given else []  # pyright: ignore[reportUnknownVariableType]
    ticks: list[dict[str, Any]] = [one if isinstance(one, dict) and "text" in one else {"text": one} for one in items]
    return tuple((bool(one.get("checked")), str(one.get("text") or "")) for one in ticks)


def _revisions(previews: Any) -> tuple[int, ...]:  # noqa: ANN401  JSON
    return tuple(one.get("revision") or 0 for one in previews or ())


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment. `at` is UTC. `checklist`: whether it is ticked, and what is to be done. `revisions`: of each preview
    file that was posted with it.
    """

    id: str
    at: Annotated[Text, zou("created_at")] = ""
    person_id: Text = ""
    status_id: Annotated[Text, zou("task_status_id")] = ""
    text: Text = ""
    checklist: Annotated[tuple[tuple[bool, str], ...], BeforeValidator(_checklist)] = ()
    replies: Annotated[tuple[Reply, ...], Several] = ()
    attachments: Annotated[tuple[Attachment, ...], Several, zou("attachment_files")] = ()
    links: Annotated[tuple[Text, ...], Several] = ()
    revisions: Annotated[tuple[int, ...], BeforeValidator(_revisions), zou("previews")] = ()
    pinned: Flag = False
    for_client: Flag = False
    editor_id: Text = ""
    mentions: Ids = ()
    department_mentions: Ids = ()
    acknowledged_by: Annotated[Ids, zou("acknowledgements")] = ()

    @property
    def handle(self) -> str:
        """How it is called behind its task: the beginning of its id, its own among those of a task."""
        return self.id[:8]


@dataclass(frozen=True, slots=True)
class Preview:
    """A preview file. `at` is UTC."""

    id: str
    revision: Whole = 0
    extension: Text = ""
    validation_status: Text = ""
    at: Annotated[Text, zou("created_at")] = ""


async def task_record(session: KitsuSession, task_id: str) -> TaskRecord:
    """A task as it is now."""
    return decoded(TaskRecord, await session.read(f"data/tasks/{task_id}"))


async def thread_of(session: KitsuSession, task_id: str) -> list[Comment]:
    """The comments of a task, the newest first, as far as the role is shown them."""
    return [decoded(Comment, one) for one in await session.read(f"data/tasks/{task_id}/comments")]


async def previews_of(session: KitsuSession, task_id: str) -> list[Preview]:
    """The previews of a task, the newest revision first."""
    previews = [decoded(Preview, one) for one in await session.read(f"data/tasks/{task_id}/previews")]
    return sorted(previews, key=lambda one: one.revision, reverse=True)
