"""What is held of a production beside a full reading of it, row by row, by one of each role."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, fields
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from kitsu_tools.tracker.board import ALL_KINDS
from kitsu_tools.tracker.changed import Changed
from kitsu_tools.tracker.model import Entity, Task
from support.client import opened

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from kitsu_sandbox.lifecycle import Connection
    from kitsu_tools.tracker.board import View
    from kitsu_tools.tracker.kitsu import Kitsu

ROLES = ("admin", "manager", "supervisor", "user", "client", "vendor")
_OF_ENTITY = [one.name for one in fields(Entity) if one.name != "tasks"]
_OF_TASK = [one.name for one in fields(Task) if one.name != "entity"]


async def seen(kitsu: Kitsu, project: str) -> dict[str, Any]:
    """Everything on every board, row by row, and what is used of other productions."""
    reading = await kitsu.reading(await kitsu.directory.project(project))
    view: View = await reading.view(*ALL_KINDS)
    boards: dict[str, Any] = {
        str(key): [
            (
                {name: getattr(one, name) for name in _OF_ENTITY},
                [{name: getattr(task, name) for name in _OF_TASK} for task in one.tasks],
            )
            for one in board.entities
        ]
        for key, board in view.boards.items()
    }
    assert all(task.entity is one for one in view.entities() for task in one.tasks)
    return boards | {"hidden": view.hidden, "shared": await reading.shared_assets()}


@dataclass(eq=False)
class Pair:
    """Some of one role: one whose boards are held, one that reads everything anew each time, and perhaps one that holds
    them too and hears Kitsu.
    """

    role: str
    kept: Kitsu
    other: Kitsu
    heard: Kitsu | None = None

    async def difference(self, project: str) -> tuple[object, ...]:
        """Where what is held first differs from a full reading; nothing where it does not."""
        held = {"kept": await seen(self.kept, project)}
        if self.heard is not None:
            held["heard"] = await seen(self.heard, project)
        self.other.changed(Changed(whole=True, reference=frozenset({"asset_types"})))
        full = await seen(self.other, project)
        for how, kept in held.items():
            assert kept.keys() == full.keys()
            for key, rows in full.items():
                if differing := [pair for pair in zip_longest(kept[key], rows) if pair[0] != pair[1]]:
                    return self.role, how, key, len(differing), *differing[0]
        return ()


@asynccontextmanager
async def pairs(connection: Connection) -> AsyncGenerator[list[Pair]]:
    """One of each role."""
    async with AsyncExitStack() as stack:

        async def one(role: str) -> Kitsu:
            return await stack.enter_async_context(opened(connection, role=role))

        yield [Pair(role, await one(role), await one(role)) for role in ROLES]
