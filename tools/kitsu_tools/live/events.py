"""Kitsu's events as the stream hands them on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from kitsu_tools.tracker.names import is_uuid


class Event(NamedTuple):
    """One event of a production that the identity may read, or of the studio.

    `at`: when it came, in seconds since 1970 by Kitsu's clock. `payload`: mostly ids; `project_id` is empty for what
    belongs to the studio: people, types, statuses. `author` is known of Kitsu's log alone: no event names who did it.
    """

    name: str
    payload: Mapping[str, Any]
    at: float
    project_id: str = ""
    author: str = ""


@dataclass(frozen=True, slots=True)
class Gap:
    """Nothing is known of this time: what happened in it nobody told. Seconds since 1970 by Kitsu's clock."""

    start: float
    end: float
    why: str


def sound(payload: Mapping[str, Any]) -> dict[str, Any]:
    """A payload without what is called an id and is none: ids go into requests, and one that is refused spoils all."""
    kept = dict[str, Any]()
    for name, value in payload.items():
        if name.endswith("_ids") and not isinstance(value, list):
            continue
        if not name.endswith("_id") or value is None:
            kept[name] = value
        elif isinstance(value, str) and is_uuid(value):
            kept[name] = value.strip().lower()
    return kept


Listener: TypeAlias = Callable[[Event | Gap], None]
"""Is told everything in order, and must be quick: it runs in the event loop."""

OF_THE_STUDIO = frozenset(
    {
        "asset-type",
        "department",
        "organisation",
        "person",
        "project-status",
        "status-automation",
        "task-status",
        "task-type",
    }
)
"""What belongs to no production and every role may read: their events come without a `project_id` (Zou 1.0.97)."""
