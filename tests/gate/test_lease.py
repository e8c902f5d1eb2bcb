"""From its last look to its reading back a write is alone among all servers of a journal, in however many processes."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
from contextlib import AsyncExitStack, suppress
from functools import partial
from typing import TYPE_CHECKING

import anyio
import pytest
from filelock import FileLock
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from kitsu_tools.gate import journal as lease
from support.client import Agent, connected, signed_in_as
from support.database import difference, snapshot
from support.faults import delay, fault_proxy, hold
from support.held import journaled, nothing_written
from support.person import Person

if TYPE_CHECKING:
    from pathlib import Path

    from mcp.client import ClientRequestContext
    from mcp.client.session import ElicitationFnT
    from mcp.types import ElicitRequestParams, ElicitResult

    from kitsu_sandbox.lifecycle import Connection
    from support.client import Mode

pytestmark = pytest.mark.anyio

TASK = "Salt Harbour/SQ020/SH0010:Layout"
FIVE = [f"Robo Garden/E01/SQ01/SH{number:03d}0:Animation" for number in range(1, 6)]


class BothAtOnce:
    """Two people, each before a host of their own: neither answers a question before both were asked it."""

    def __init__(self) -> None:
        self.asked = 0
        self.both = anyio.Event()

    async def __call__(self, context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
        both = self.both
        self.asked += 1
        if self.asked % 2 == 0:
            self.both = anyio.Event()
            both.set()
        await both.wait()
        return await Person()(context, params)


async def _served(
    stack: AsyncExitStack, connection: Connection, url: str, journal: Path, people: ElicitationFnT, mode: Mode = "auto"
) -> Agent:
    """A server in a process of its own."""
    given = signed_in_as(connection, host=url) | {"KITSU_JOURNAL": str(journal)}
    parameters = StdioServerParameters(command=sys.executable, args=["-m", "kitsu_server"], env=os.environ | given)
    client = Client(stdio_client(parameters), mode=mode, elicitation_callback=people)
    return Agent(await stack.enter_async_context(client))


@pytest.mark.parametrize("processes", [1, 2])
async def test_of_two_who_are_asked_at_once_the_second_finds_what_the_first_wrote(
    pristine: Connection, journal: Path, processes: int
) -> None:
    """Zou takes its time to post: the other one's last look would come before that."""
    people = BothAtOnce()
    async with fault_proxy(pristine.event_host) as proxy, AsyncExitStack() as each:
        proxy.fault(delay(0.3), method="POST", path="/comment", times=None)
        if processes == 1:
            inside = [connected(pristine, host=proxy.url, on_question=people, journal=journal) for _ in range(2)]
            servers = [await each.enter_async_context(one) for one in inside]
        else:
            servers = [await _served(each, pristine, proxy.url, journal, people) for _ in range(2)]
        for task in FIVE:
            receipts: dict[str, list[object]] = {}

            async def change(agent: Agent, status: str, task: str, told: dict[str, list[object]]) -> None:
                told[status] = (await agent.ask("change_status", tasks=[task], status=status))["rows"][0]

            async with anyio.create_task_group() as group:
                for agent, status in zip(servers, ("done", "retake"), strict=True):
                    group.start_soon(partial(change, agent, status, task, receipts))
            now = (await servers[0].ask("get_task", task=task))["status"]
            assert sorted(str(row[1]) for row in receipts.values()) == ["applied", "skipped"]
            (first,) = [status for status, row in receipts.items() if row[1] == "applied"]
            (late,) = [row for row in receipts.values() if row[1] == "skipped"]
            assert now.startswith(first)
            assert "changed since you were asked" in str(late[4])
    assert people.asked == len(journaled(journal)) == 10


async def test_who_waits_too_long_for_the_change_of_another_process_sends_nothing_and_says_so(
    pristine: Connection, journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one is held up in its last look, in its sending and in its reading back: it is alone in each."""
    monkeypatch.setattr(lease, "ALONE_SECONDS", 1.0)
    before = snapshot(pristine.database)
    held: list[asyncio.Event] = []
    async with fault_proxy(pristine.event_host) as proxy, AsyncExitStack() as each:

        def hold_up(method: str) -> None:
            held.append(asyncio.Event())
            proxy.fault(hold(held[-1]), method=method)

        # Where the protocol is the older one nothing is planned anew after the answer: the last look comes next.
        person = Person(meanwhile=lambda: hold_up("GET"))
        other = await _served(each, pristine, proxy.url, journal, person, "legacy")
        agent = await each.enter_async_context(connected(pristine, on_question=Person(), journal=journal))
        first: dict[str, object] = {}

        async def write() -> None:
            first.update(await other.ask("add_comment", task=TASK, text="The first."))

        async with anyio.create_task_group() as group:
            group.start_soon(write)
            for number, following in enumerate(("POST", "GET", ""), 1):
                await proxy.until(lambda: sum("hold" in one.faults for one in proxy.requests) == len(held) > 0)
                receipt = await agent.ask("add_comment", task=TASK, text=f"Number {number} meanwhile.")
                assert receipt["outcome"] == "1 skipped"
                assert "not sent: Another server of this journal has been writing for 1 sec" in receipt["rows"][0][4]
                if following:
                    hold_up(following)
                held[number - 1].set()
    assert first["outcome"] == "1 applied"
    assert [list(plan.outcomes.values()) for plan in journaled(journal)] == [["applied"], [], [], []]
    (added,) = difference(before, snapshot(pristine.database))["comment"].added.values()
    assert str(added["text"]).startswith("The first.")


async def test_a_lock_that_cannot_be_had_ends_in_an_error_and_nothing_is_sent(
    pristine: Connection, journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "ALONE_SECONDS", 1.0)
    journal.parent.mkdir()
    with nothing_written(pristine), FileLock(f"{journal}.lock"):
        async with connected(pristine, on_question=Person(), journal=journal) as agent:
            receipt = await agent.ask("add_comment", task=TASK, text="Too late.")
    assert receipt["outcome"] == "1 skipped"
    assert "not sent: Another server of this journal has been writing for 1 seconds" in receipt["rows"][0][4]


async def test_a_folder_that_takes_no_lock_ends_in_an_error_and_nothing_is_sent(
    pristine: Connection, journal: Path
) -> None:
    journal.with_name(f"{journal.name}.lock").mkdir(parents=True)
    with nothing_written(pristine):
        async with connected(pristine, on_question=Person(), journal=journal) as agent:
            receipt = await agent.ask("add_comment", task=TASK, text="Nowhere to lock.")
    assert "cannot be taken" in receipt["rows"][0][4]


async def test_who_gives_up_waiting_leaves_the_lock_to_the_next(pristine: Connection, journal: Path) -> None:
    journal.parent.mkdir()
    async with connected(pristine, on_question=Person(), journal=journal) as agent:
        with FileLock(f"{journal}.lock"):
            for number in range(1, 3):
                async with anyio.create_task_group() as group:
                    group.start_soon(partial(agent.ask, "add_comment", task=TASK, text="Cancelled."))
                    await _answered(journal, number)
                    await anyio.wait_all_tasks_blocked()  # by the lock
                    group.cancel_scope.cancel()
        receipt = await agent.ask("add_comment", task=TASK, text="After them.")
    assert receipt["outcome"] == "1 applied"
    assert [list(plan.outcomes.values()) for plan in journaled(journal)] == [[], [], ["applied"]]


async def _answered(journal: Path, number: int) -> None:
    """Wait until so many proposals were, at most a minute."""
    for _ in range(3_000):
        with suppress(sqlite3.OperationalError):  # the file is not there yet
            if [plan.answer is not None for plan in journaled(journal)] == [True] * number:
                return
        await anyio.sleep(0.02)
