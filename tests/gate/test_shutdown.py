"""Stopping the server in the middle of a write: asked to stop it finishes, killed it settles at the next start."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import anyio
import pytest
from mcp import Client, MCPError
from mcp.client.stdio import StdioServerParameters, stdio_client

from support.client import connected
from support.faults import delay, fault_proxy, hang
from support.held import held_to_plan, journaled
from support.person import Person

if TYPE_CHECKING:
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection
    from support.faults import FaultProxy

pytestmark = pytest.mark.anyio

TASK = "Salt Harbour/SQ020/SH0010:Layout"
SERVE = """
import os, pathlib, runpy, sys
pathlib.Path(sys.argv[1]).write_text(str(os.getpid()))
sys.argv = ["mcp-server-kitsu"]
runpy.run_module("kitsu_server", run_name="__main__")
"""


@pytest.mark.parametrize("asked_by", [signal.SIGTERM, signal.SIGINT])
async def test_a_write_that_was_sent_is_finished_before_the_server_stops(
    pristine: Connection, tmp_path: Path, asked_by: signal.Signals
) -> None:
    journal = tmp_path / "journal.sqlite3"
    async with fault_proxy(pristine.event_host) as proxy:
        proxy.fault(delay(1.0), method="POST", path="/comment")
        with held_to_plan(pristine, journal):
            await _stopped_while_writing(pristine, proxy, tmp_path, asked_by)
    assert list(journaled(journal)[-1].outcomes.values()) == ["applied"]


async def test_a_write_cut_off_by_a_kill_is_settled_at_the_next_start(pristine: Connection, tmp_path: Path) -> None:
    journal = tmp_path / "journal.sqlite3"
    async with fault_proxy(pristine.event_host) as proxy:
        proxy.fault(hang(after_forwarding=True), method="POST", path="/comment")
        await _stopped_while_writing(pristine, proxy, tmp_path, signal.SIGKILL)
        assert list(journaled(journal)[-1].outcomes.values()) == [None]
        async with connected(pristine, host=proxy.url, on_question=Person("decline"), journal=journal) as agent:
            await agent.ask("add_comment", task=TASK, text="The next proposal.")
    assert list(journaled(journal)[0].outcomes.values()) == ["applied"]


async def _stopped_while_writing(
    connection: Connection, proxy: FaultProxy, folder: Path, stopped_by: signal.Signals
) -> None:
    """Start the server as a host does, let a person confirm a comment, and stop the server while it is being sent."""
    given = {"KITSU_HOST": proxy.url, "KITSU_BOT_TOKEN": connection.token("manager")}
    given |= {"KITSU_JOURNAL": str(folder / "journal.sqlite3")}
    pid = folder / "pid"
    parameters = StdioServerParameters(command=sys.executable, args=["-c", SERVE, str(pid)], env=os.environ | given)

    async def stop() -> None:
        await proxy.until(lambda: proxy.count("POST", "/comment") == 1)
        os.kill(int(await anyio.Path(pid).read_text()), stopped_by)

    with anyio.fail_after(120):
        async with Client(stdio_client(parameters), elicitation_callback=Person()) as client:
            async with anyio.create_task_group() as group:
                group.start_soon(stop)
                with suppress(MCPError):
                    await client.call_tool("add_comment", {"task": TASK, "text": "While it stops."})
            await proxy.until(lambda: proxy.count("POST", "/comment") == 1)
