"""Which events an identity may hear: those of the productions that it may read, and of the studio."""

import time
from collections.abc import Mapping
from typing import Any

from kitsu_tools.live.events import OF_THE_STUDIO
from kitsu_tools.tracker.directory import Directory
from kitsu_tools.tracker.errors import NotFound, NotPermitted, Refused
from kitsu_tools.tracker.session import KitsuSession

TEAMS_SECONDS = 60.0
"""A production whose team changes is told as `project:update`, and asked about at once; this is for all other ways."""
MOST_REMEMBERED = 1_000

_OWNERS = {
    "task_id": "tasks",
    "comment_id": "comments",
    "preview_file_id": "preview-files",
    "time_spent_id": "time-spents",
    "entity_id": "entities",
}
"""Where a record is read that says what an event without a production is of: by fields of its payload."""


class Reachable:
    """The productions that an identity may read, as KITSU_PROJECTS leaves them."""

    def __init__(self, session: KitsuSession, directory: Directory) -> None:
        self._session = session
        self._directory = directory
        self._ids: set[str] = set()
        self._read_at = float("-inf")
        self._owners: dict[str, str] = {}

    async def production(self, name: str, payload: Mapping[str, Any], heard: float) -> str | None:
        """The production an event is of, empty for the studio's own; None for an event that is not this identity's.

        `heard` is the monotonic moment at which it came.

        Raises:
            KitsuError: it could not be asked what the identity may read.
        """
        kind = name.partition(":")[0]
        own = payload.get("project_id")
        if own is None:
            if kind in OF_THE_STUDIO:
                return ""
            own = await self._owner(payload)
        if not isinstance(own, str):
            return None
        if kind == "project":
            await self._read(heard)
        elif time.monotonic() - self._read_at > TEAMS_SECONDS:
            await self._read(time.monotonic())
        return own if own in self._ids else None

    async def _read(self, newer_than: float) -> None:
        if self._read_at > newer_than:
            return
        started = time.monotonic()
        projects = await self._directory.open_projects.get(newer_than)
        if (await self._directory.me.get()).role == "admin":
            projects = [*projects, *await self._directory.closed_projects.get(newer_than)]
        self._ids, self._read_at = {one.id for one in projects}, started

    async def _owner(self, payload: Mapping[str, Any]) -> str | None:
        """The production that the record says it is of; None where it is gone, or not for this identity."""
        for key, path in _OWNERS.items():
            value = payload.get(key)
            if isinstance(value, str) and value:
                if value not in self._owners:
                    if len(self._owners) >= MOST_REMEMBERED:
                        self._owners.clear()
                    self._owners[value] = await self._read_owner(path, value)
                return self._owners[value] or None
        return None

    async def _read_owner(self, path: str, record_id: str) -> str:
        try:
            record = await self._session.read(f"data/{path}/{record_id}")
            task = record.get("task_id") or (record.get("object_id") if path == "comments" else None)
            return record.get("project_id") or (await self._read_owner("tasks", task) if task else "")
        except (NotFound, NotPermitted, Refused):
            return ""
