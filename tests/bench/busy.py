"""A busy production: what a question costs after somebody else changed one thing, and whether what is held stays right.

What a stream of events would tell is told by hand here, so that nothing but the boards is measured.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from statistics import median
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import anyio

from bench.figures import Call, Figure, timed
from kitsu_tools.live.events import Event
from kitsu_tools.live.live import Live
from kitsu_tools.tracker.board import ALL_KINDS
from kitsu_tools.tracker.board_reads import board_query
from kitsu_tools.tracker.boards import NOTHING
from kitsu_tools.tracker.changed import Changed
from support.api import ask
from support.client import connected, opened
from support.doing import publish
from support.faults import fault_proxy
from support.kept import pairs
from support.random_writes import Writer
from support.wire import wire

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anyio.abc import TaskGroup

    from kitsu_sandbox.lifecycle import Connection
    from kitsu_tools.live.events import Gap
    from kitsu_tools.tracker.kitsu import Kitsu
    from support.faults import FaultProxy
    from support.kept import Pair

QUESTIONS: dict[str, dict[str, Any]] = {
    "get_project": {"project": "Big Feature"},
    "list_tasks": {"under": "Big Feature", "status": ["waiting for review"]},
    "list_shots": {"under": "Big Feature"},
    "search": {"text": "SH0010", "under": "Big Feature"},
}
WRITES = 1000


async def busy(connection: Connection) -> list[Figure]:
    """One task changed by somebody else before each question, beside a probe, which costs what a 304 does."""
    figures: list[Figure] = []
    async with AsyncExitStack() as stack:
        proxy = await stack.enter_async_context(fault_proxy(connection.event_host))
        counted = await stack.enter_async_context(connected(connection, host=proxy.url))
        agent = await stack.enter_async_context(connected(connection))
        heard = await stack.enter_async_context(opened(connection, host=proxy.url))
        heard.vouched = lambda: True
        task = await _view(heard)
        project = (await heard.directory.project("Big Feature")).id
        bare = partial(heard.session.read, "data/shots/with-tasks", board_query(project, id=NOTHING))
        for tool, arguments in QUESTIONS.items():
            question = partial(agent.ask, tool, **arguments)
            ratio, detail = await _ratio(connection, task, question, bare)
            await counted.ask(tool, **arguments)
            figures += [
                Figure(
                    f"{tool} after one change, requests",
                    await _requests(connection, task, proxy, partial(counted.ask, tool, **arguments)),
                    4,
                    "requests",
                ),
                Figure(f"{tool} after one change", ratio, 8, "× a 304", detail),
            ]
        told = partial(_told, heard, task)
        ratio, detail = await _ratio(connection, task, told, bare)
        requests = await _requests(connection, task, proxy, told)
        figures += [
            Figure("every board after one change that was told of, requests", requests, 3, "requests"),
            Figure("every board after one change that was told of", ratio, 4, "× a 304", detail),
            Figure(
                "every board, vouched for", median([await timed(partial(_view, heard)) for _ in range(31)]), 5, "ms"
            ),
        ]
    return figures


async def kept(connection: Connection, writes: int = WRITES, seed: int = 9) -> Figure:
    """Random writes of every kind, after each of which the held boards of six roles are what a full reading is, with
    and without the event stream, which is cut now and then. What nobody tells counts once it would be asked for.
    """
    writer = Writer(connection, "Robo Garden", seed)
    wrong: list[str] = []
    async with (
        AsyncExitStack() as stack,
        pairs(connection) as everyone,
        wire(connection.event_host) as between,
        anyio.create_task_group() as group,
    ):
        heard = [await _heard(connection, pair, between.url, group, stack) for pair in everyone]
        for number in range(writes):
            is_told = number % 5 > 0
            write = await asyncio.to_thread(writer.told if is_told else writer.untold)
            if number % 40 == 39:
                between.cut()
            await _up_to_now(connection, writer.project, heard)
            for pair in everyone:
                if not is_told and pair.heard is not None:
                    pair.heard.changed(Changed(unsure=True))
                if difference := await pair.difference("Robo Garden"):
                    wrong.append(f"{write}: {difference}"[:500])
        group.cancel_scope.cancel()
    return Figure(
        f"boards that differ from a full reading, after each of {writes} writes", len(wrong), 0, "", str(wrong[:3])
    )


async def _heard(connection: Connection, pair: Pair, event_host: str, group: TaskGroup, stack: AsyncExitStack) -> _Ear:
    """Have another of the role hold the boards and hear Kitsu, until the group ends; the stack closes it."""
    pair.heard = await stack.enter_async_context(opened(connection, role=pair.role, KITSU_EVENT_HOST=event_host))
    ear = _Ear(Live(pair.heard, group))
    ear.live.stream.listeners.append(ear)
    await ear.live.ready()
    return ear


async def _up_to_now(connection: Connection, project: str, heard: Sequence[_Ear]) -> None:
    """Wait until everybody who hears anything heard all that was told before; it is told again to who was cut off."""
    mark = str(uuid4())
    event = ("chat:mark", {"project_id": project, "chat_id": mark})
    await asyncio.to_thread(publish, connection, [event])
    for ear in heard:
        with anyio.fail_after(30):
            while ear.live.stream.vouches and mark not in ear.marks:
                ear.more = anyio.Event()
                with anyio.move_on_after(1) as waiting:
                    await ear.more.wait()
                if waiting.cancelled_caught:
                    await asyncio.to_thread(publish, connection, [event])


@dataclass(slots=True)
class _Ear:
    """One that hears Kitsu, and the marks that it heard."""

    live: Live
    marks: set[str] = field(default_factory=set[str])
    more: anyio.Event = field(default_factory=anyio.Event)

    def __call__(self, told: Event | Gap) -> None:
        if isinstance(told, Event):
            self.marks.add(str(told.payload.get("chat_id")))
            self.more.set()


async def _ratio(connection: Connection, task: str, question: Call, bare: Call) -> tuple[float, str]:
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(11):
        _change(connection, task)
        ours.append(await timed(question))
        theirs.append(await timed(bare))
    return median(ours) / median(theirs), f"{median(ours):.0f} beside {median(theirs):.0f} ms"


async def _requests(connection: Connection, task: str, proxy: FaultProxy, question: Call) -> int:
    _change(connection, task)
    proxy.clear()
    await question()
    return len(proxy.requests)


async def _view(kitsu: Kitsu) -> str:
    """Look at every board; the id of a task."""
    reading = await kitsu.reading(await kitsu.directory.project("Big Feature"))
    return (await reading.view(*ALL_KINDS)).entities("shot")[0].tasks[0].id


async def _told(kitsu: Kitsu, task: str) -> None:
    kitsu.changed(Changed(tasks=frozenset({task})))
    await _view(kitsu)


def _change(connection: Connection, task: str) -> None:
    estimation = ask(connection.host, f"data/tasks/{task}", connection.token("admin")).body["estimation"] + 1
    path = f"data/tasks/{task}"
    ask(connection.host, path, connection.token("admin"), method="PUT", body={"estimation": estimation})
