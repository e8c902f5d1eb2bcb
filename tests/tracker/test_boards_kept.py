"""Boards that are held are what a full reading of Kitsu is, whatever was written meanwhile, for every role."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, fields
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import pytest
import socketio

from kitsu_tools.live.affected import affected
from kitsu_tools.tracker.board import ALL_KINDS
from kitsu_tools.tracker.changed import Changed
from kitsu_tools.tracker.model import Entity, Task
from support.api import ask
from support.client import opened
from support.random_writes import Writer

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from kitsu_sandbox.lifecycle import Connection
    from kitsu_tools.tracker.board import View
    from kitsu_tools.tracker.kitsu import Kitsu

pytestmark = pytest.mark.anyio

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
    """Two of one role: one whose boards are held, one that reads everything anew each time."""

    role: str
    kept: Kitsu
    other: Kitsu

    async def compare(self, project: str, after: str) -> None:
        """Fail where what is held differs from a full reading."""
        kept = await seen(self.kept, project)
        self.other.changed(Changed(whole=True, reference=frozenset({"asset_types"})))
        full = await seen(self.other, project)
        assert kept.keys() == full.keys()
        for key, rows in full.items():
            differing = [pair for pair in zip_longest(kept[key], rows) if pair[0] != pair[1]]
            assert not differing, (after, self.role, key, len(differing), differing[0])


@asynccontextmanager
async def pairs(connection: Connection) -> AsyncGenerator[list[Pair]]:
    """One of each role."""
    async with AsyncExitStack() as stack:

        async def one(role: str) -> Kitsu:
            return await stack.enter_async_context(opened(connection, role=role))

        yield [Pair(role, await one(role), await one(role)) for role in ROLES]


@pytest.mark.parametrize("project", ["Robo Garden", "Salt Harbour"])
async def test_what_is_held_is_what_a_full_reading_is_after_each_of_random_writes(
    pristine: Connection, project: str
) -> None:
    writer = Writer(pristine, project, seed=1)
    async with pairs(pristine) as everyone:
        for pair in everyone:
            await pair.compare(project, "nothing")
        for number in range(50):
            write = writer.any()
            for pair in {everyone[number % 6], everyone[1]}:
                await pair.compare(project, write)
        for pair in everyone:
            await pair.compare(project, "all")


@asynccontextmanager
async def hearing(connection: Connection) -> AsyncGenerator[Callable[[], Awaitable[list[tuple[str, dict[str, Any]]]]]]:
    """What Kitsu tells: a function that answers every event since it was last called."""
    heard: asyncio.Queue[tuple[str, dict[str, Any]]] = asyncio.Queue()

    def hear(name: str, payload: dict[str, Any]) -> None:
        heard.put_nowait((name, payload))

    stream: Any = socketio.AsyncClient()
    stream.on("*", hear, namespace="/events")
    token = {"token": connection.token("admin")}
    await stream.connect(connection.event_host, auth=token, namespaces=["/events"], transports=["websocket"])

    async def since() -> list[tuple[str, dict[str, Any]]]:
        await asyncio.to_thread(ask, connection.host, "status/test-event")
        events: list[tuple[str, dict[str, Any]]] = []
        while (event := await heard.get())[0] != "main:test":
            events.append(event)
        return events

    try:
        yield since
    finally:
        await stream.disconnect()


async def test_what_is_told_of_is_looked_at_again_and_nothing_else_is_asked(pristine: Connection) -> None:
    project = "Robo Garden"
    writer = Writer(pristine, project, seed=2)
    async with pairs(pristine) as everyone, hearing(pristine) as since:
        for pair in everyone:
            pair.kept.vouched = lambda: True
            await pair.compare(project, "nothing")
        for number in range(50):
            write = await asyncio.to_thread(writer.told if number % 5 else writer.untold)
            for name, payload in await since():
                for pair in everyone:
                    pair.kept.changed(affected(name, payload), payload.get("project_id", ""))
            for pair in everyone if number % 5 == 0 else ():
                pair.kept.changed(Changed(unsure=True))
            for pair in {everyone[number % 6], everyone[1]}:
                await pair.compare(project, write)
        for pair in everyone:
            await pair.compare(project, "all")
