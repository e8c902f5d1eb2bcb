"""Stopping the server in the middle of a write: asked to stop it finishes, killed it settles at the next start."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import anyio
import pytest

from kitsu_tools.gate.journal import ALONE_SECONDS
from support.client import connected
from support.faults import delay, fault_proxy, hang
from support.held import held_to_plan, journaled, nothing_written
from support.person import Person
from support.stopped import stopped_while

if TYPE_CHECKING:
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection
    from support.client import Mode
    from support.faults import FaultProxy

pytestmark = pytest.mark.anyio

TASK = "Salt Harbour/SQ020/SH0010:Layout"


@pytest.mark.parametrize("asked_by", [signal.SIGTERM, signal.SIGINT])
async def test_a_write_that_was_sent_is_finished_before_the_server_stops(
    pristine: Connection, tmp_path: Path, asked_by: signal.Signals
) -> None:
    journal = tmp_path / "journal.sqlite3"
    async with fault_proxy(pristine.event_host) as proxy:
        proxy.fault(delay(1.0), method="POST", path="/comment")
        with held_to_plan(pristine, journal):
            await _stopped_while_writing(pristine, proxy, journal, asked_by)
    assert list(journaled(journal)[-1].outcomes.values()) == ["applied"]


async def test_a_write_cut_off_by_a_kill_is_settled_at_the_next_start(pristine: Connection, tmp_path: Path) -> None:
    journal = tmp_path / "journal.sqlite3"
    async with fault_proxy(pristine.event_host) as proxy:
        proxy.fault(hang(after_forwarding=True), method="POST", path="/comment")
        await _stopped_while_writing(pristine, proxy, journal, signal.SIGKILL)
        assert list(journaled(journal)[-1].outcomes.values()) == [None]
        async with connected(pristine, host=proxy.url, on_question=Person("decline"), journal=journal) as agent:
            await agent.ask("add_comment", task=TASK, text="The next proposal.")
    assert list(journaled(journal)[0].outcomes.values()) == ["applied"]


async def _stopped_while_writing(
    connection: Connection, proxy: FaultProxy, journal: Path, stopped_by: signal.Signals
) -> None:
    """Let a person confirm a comment, and stop the server while it is being sent."""

    def sent() -> bool:
        return proxy.count("POST", "/comment") == 1

    text = "While it stops."
    await stopped_while(connection, proxy, journal, stopped_by, sent, "add_comment", task=TASK, text=text)


async def test_what_a_killed_server_wrote_is_not_asked_again_as_if_it_were_new(
    pristine: Connection, tmp_path: Path, era: Mode
) -> None:
    """Not once: whoever is told of it and wants it a second time is asked like anybody."""
    journal, person = tmp_path / "journal.sqlite3", Person()
    async with fault_proxy(pristine.event_host) as proxy:
        proxy.fault(hang(after_forwarding=True), method="POST", path="/comment")
        await _stopped_while_writing(pristine, proxy, journal, signal.SIGKILL)
        await proxy.until(lambda: any(one.upstream_status and one.method == "POST" for one in proxy.requests))
        (killed,) = journaled(journal)
        async with connected(pristine, host=proxy.url, mode=era, on_question=person, journal=journal) as agent:
            with nothing_written(pristine):
                refusal = await agent.refusal("add_comment", task=TASK, text="While it stops.")
            assert person.asked == []
            receipt = await agent.ask("add_comment", task=TASK, text="While it stops.")
    assert refusal.startswith(f"That is written already: {TASK} (in Kitsu since 20")
    assert f"from an earlier attempt [{killed.code}])" in refusal
    assert (receipt["outcome"], len(person.asked)) == ("1 applied", 1)


async def test_a_server_that_is_killed_while_it_writes_leaves_the_way_to_the_next(
    pristine: Connection, tmp_path: Path
) -> None:
    journal = tmp_path / "journal.sqlite3"
    async with fault_proxy(pristine.event_host) as proxy:
        proxy.fault(hang(after_forwarding=True), method="POST", path="/comment")
        await _stopped_while_writing(pristine, proxy, journal, signal.SIGKILL)
        async with connected(pristine, on_question=Person(), journal=journal) as agent:
            with anyio.fail_after(ALONE_SECONDS / 2):
                receipt = await agent.ask("add_comment", task=TASK, text="At once.")
    assert receipt["outcome"] == "1 applied"
