"""What several ask for at the same time is read once, for better or worse, and by whoever is still there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import pytest

from kitsu_tools.tracker.cached import Cached
from kitsu_tools.tracker.errors import KitsuError
from support.client import opened
from support.faults import fault_proxy, hang

if TYPE_CHECKING:
    from kitsu_sandbox.lifecycle import Connection

pytestmark = pytest.mark.anyio


class Source:
    """Where something is read from, when the test lets it; each reading gives its number, or fails."""

    def __init__(self, *, fails: bool = False) -> None:
        self.readings = 0
        self.fails = fails
        self.answers = anyio.Event()

    async def read(self) -> int:
        self.readings += 1
        number = self.readings
        await self.answers.wait()
        if self.fails:
            raise KitsuError(f"reading {number} failed")
        return number


async def test_a_failure_is_everybodys_who_waited_and_nobodys_who_comes_later() -> None:
    source = Source(fails=True)
    held = Cached(source.read, 60)
    said: list[str] = []

    async def ask() -> None:
        with pytest.raises(KitsuError) as failed:
            await held.get()
        said.append(str(failed.value))

    async with anyio.create_task_group() as group:
        for _ in range(5):
            group.start_soon(ask)
        await anyio.wait_all_tasks_blocked()
        source.answers.set()
    assert said == ["reading 1 failed"] * 5
    source.fails = False
    assert await held.get() == 2


async def test_a_reader_that_is_cancelled_takes_nobody_with_it_and_vouches_for_nothing() -> None:
    source = Source()
    held = Cached(source.read, 60)
    got: list[int] = []

    async def ask() -> None:
        got.append(await held.get())

    async with anyio.create_task_group() as others:
        async with anyio.create_task_group() as first:
            first.start_soon(ask)
            await anyio.wait_all_tasks_blocked()
            others.start_soon(ask)
            others.start_soon(ask)
            await anyio.wait_all_tasks_blocked()
            first.cancel_scope.cancel()
        source.answers.set()
    assert got == [2, 2]
    assert source.readings == 2


async def test_a_value_read_before_the_moment_asked_for_is_read_again_once_for_all() -> None:
    source = Source()
    source.answers.set()
    held = Cached(source.read, 60)
    assert [await held.get(), await held.get()] == [1, 1]
    moment = anyio.current_time()
    assert [await held.get(moment), await held.get(moment)] == [2, 2]


async def test_what_is_held_is_told_at_once_while_somebody_reads_it_anew() -> None:
    source = Source()
    source.answers.set()
    held = Cached(source.read, 60)
    assert await held.get() == 1
    source.answers = anyio.Event()
    async with anyio.create_task_group() as group:
        group.start_soon(held.get, anyio.current_time())
        await anyio.wait_all_tasks_blocked()
        with anyio.fail_after(1):
            assert await held.get() == 1
        source.answers.set()
    assert await held.get() == 2


@pytest.mark.parametrize(
    "signing_in", [{}, {"KITSU_BOT_TOKEN": "", "KITSU_LOGIN": "a@b.example"}], ids=["token", "login"]
)
async def test_questions_to_a_kitsu_that_does_not_answer_wait_together(
    kitsu: Connection, signing_in: dict[str, str]
) -> None:
    given = signing_in | {"KITSU_PASSWORD": kitsu.password, "KITSU_READ_SECONDS": "1"}
    async with fault_proxy(kitsu.event_host) as proxy, opened(kitsu, host=proxy.url, **given) as ours:
        proxy.fault(hang(), times=None)
        refusals: list[str] = []

        async def look() -> None:
            with pytest.raises(KitsuError) as refused:
                await ours.find.place("Robo Garden/E01")
            refusals.append(str(refused.value))

        began = anyio.current_time()
        async with anyio.create_task_group() as group:
            for _ in range(6):
                group.start_soon(look)
        assert refusals == [f"No answer from Kitsu at {proxy.url}/api: it did not answer in time."] * 6
        assert anyio.current_time() - began < 4
