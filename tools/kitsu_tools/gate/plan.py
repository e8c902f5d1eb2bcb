"""A change worked out with reads only.

What will be sent, what it replaces, what Kitsu will do because of it, who will be told.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import orjson

from kitsu_tools.gate.text import signature, signed

BATCH = 20
"""Comments in one request. Zou takes about 60 ms for each, so that a batch stays far from any proxy's time-out."""


@dataclass(frozen=True, slots=True)
class Item:
    """One task to comment on. Statuses as ids and short names; `before` equals `after` when the status stays."""

    task_id: str
    entity_id: str
    address: str
    before_id: str
    before: str
    after_id: str
    after: str

    @property
    def changes_status(self) -> bool:
        """True when the comment moves the task to another status."""
        return self.before_id != self.after_id


@dataclass(frozen=True, slots=True)
class Effect:
    """Something that Kitsu itself will do because of an item: a task it moves or comments on, an asset it marks as
    ready.

    `task_id` is empty for an asset. `because` is the item's task id.
    """

    because: str
    kind: Literal["status", "comment", "ready for"]
    task_id: str
    address: str
    before: str
    after: str
    before_id: str
    after_id: str
    with_revision: bool = False

    @property
    def change(self) -> str:
        """The change of status, and whether the last revision is published along with it."""
        return f"{self.before} → {self.after}{' with the last revision' if self.with_revision else ''}"

    def line(self) -> str:
        """In a few words."""
        match self.kind:
            case "status":
                return f"{self.address} {self.change}"
            case "comment":
                return f"comment on {self.address}"
            case "ready for":
                return f"{self.address} ready for {self.after}"


@dataclass(frozen=True, slots=True)
class Request:
    """One request to Zou, exactly as it will go. `expect` is the one status that means success."""

    method: str
    path: str
    body: Any
    expect: int
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """One proposed change, however many items.

    `code` is its name in the journal, `agent` the host's name for itself. `mentioned`: names that the text calls by @.
    `batched`: several comments go in one request, which Zou takes from managers and supervisors; of others it drops
    them, with a 201 (seen on 1.0.97).
    """

    tool: str
    agent: str
    person: str
    project_id: str
    project: str
    items: tuple[Item, ...]
    unchanged: tuple[str, ...]
    text: str
    checklist: tuple[str, ...]
    effects: tuple[Effect, ...]
    told: tuple[str, ...]
    mentioned: tuple[str, ...]
    warnings: tuple[str, ...]
    batched: bool
    code: str = ""

    @property
    def digest(self) -> str:
        """What the change is, without its code: the same change proposed again has the same digest."""
        whole = asdict(self)
        del whole["code"]
        return hashlib.sha256(orjson.dumps(whole, option=orjson.OPT_SORT_KEYS)).hexdigest()

    @property
    def signature(self) -> str:
        """The line that ends every comment of this plan."""
        return signature(self.agent, self.person, self.code)

    def effects_of(self, items: Sequence[Item]) -> list[Effect]:
        """What Kitsu will do because of these items."""
        ids = {item.task_id for item in items}
        return [effect for effect in self.effects if effect.because in ids]

    def requests(self, items: Sequence[Item], text: str) -> list[Request]:
        """Exactly what goes to Zou for these items with this text: single comments, or batches of `comment-many`."""
        comment = signed(text, self.signature)
        if len(items) == 1 or not self.batched:
            checklist = [{"text": line, "checked": False} for line in self.checklist]
            body = {"comment": comment, "checklist": checklist}
            return [_single(item, {"task_status_id": item.after_id, **body}) for item in items]
        path = f"actions/projects/{self.project_id}/tasks/comment-many"
        batches = [tuple(items[start : start + BATCH]) for start in range(0, len(items), BATCH)]
        return [Request("POST", path, [_of_many(item, comment) for item in batch], 201, batch) for batch in batches]


def _single(item: Item, body: dict[str, Any]) -> Request:
    return Request("POST", f"actions/tasks/{item.task_id}/comment", body, 201, (item,))


def _of_many(item: Item, comment: str) -> dict[str, str]:
    return {"object_id": item.task_id, "task_status_id": item.after_id, "comment": comment}
