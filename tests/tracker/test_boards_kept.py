"""Boards that are held are what a full reading of Kitsu is, whatever was written meanwhile, for every role."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
import socketio  # pyright: ignore[reportMissingTypeStubs]

from kitsu_tools.live.affected import affected
from kitsu_tools.tracker.changed import Changed
from support.api import ask
from support.kept import pairs
from support.random_writes import Writer

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from kitsu_sandbox.lifecycle import Connection

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("project", ["Robo Garden", "Salt Harbour"])
async def test_what_is_held_is_what_a_full_reading_is_after_each_of_random_writes(
    pristine: Connection, project: str
) -> None:
    writer = Writer(pristine, project, seed=1)
    async with pairs(pristine) as everyone:
        for pair in everyone:
            assert not await pair.difference(project)
        for number in range(16):
            write = writer.any()
            for pair in {everyone[number % 6], everyone[1]}:
                assert not await pair.difference(project), write
        for pair in everyone:
            assert not await pair.difference(project)


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
            assert not await pair.difference(project)
        for number in range(30):
            write = await asyncio.to_thread(writer.told if number % 5 else writer.untold)
            for name, payload in await since():
                for pair in everyone:
                    pair.kept.changed(affected(name, payload), payload.get("project_id", ""))
            for pair in everyone if number % 5 == 0 else ():
                pair.kept.changed(Changed(unsure=True))
            for pair in {everyone[number % 6], everyone[1]}:
                assert not await pair.difference(project), write
        for pair in everyone:
            assert not await pair.difference(project)
