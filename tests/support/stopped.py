"""A server as a host starts it, stopped by a signal in the middle of a call."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import anyio
from mcp import Client, MCPError
from mcp.client.stdio import StdioServerParameters, stdio_client

from support.person import Person

if TYPE_CHECKING:
    import signal
    from collections.abc import Callable
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection
    from support.faults import FaultProxy

SERVE = """
import os, pathlib, runpy, sys
pathlib.Path(sys.argv[1]).write_text(str(os.getpid()))
sys.argv = ["mcp-server-kitsu"]
runpy.run_module("kitsu_server", run_name="__main__")
"""


async def stopped_while(
    connection: Connection,
    proxy: FaultProxy,
    journal: Path,
    stopped_by: signal.Signals,
    when: Callable[[], bool],
    tool: str,
    *,
    folders: Path | None = None,
    before: Any = (),
    bot: str = "manager",
    **arguments: Any,
) -> None:
    """Let a person confirm the call, and stop the server once `when` holds of what the proxy has seen.

    Files may be published out of `folders`; the calls of tools in `before` go before it, with events listened to.
    `bot`: the role of the bot that it signs in as.
    """
    given = {"KITSU_HOST": proxy.url, "KITSU_BOT_TOKEN": connection.token(bot), "KITSU_JOURNAL": str(journal)}
    given |= {"KITSU_LIVE": "auto" if before else "off", "KITSU_TOOLSETS": "all"}  # without events requests are counted
    given |= {"KITSU_EVENT_HOST": connection.event_host} if before else {}
    given |= {} if folders is None else {"KITSU_FOLDERS": str(folders)}
    pid = journal.parent / "pid"
    parameters = StdioServerParameters(command=sys.executable, args=["-c", SERVE, str(pid)], env=os.environ | given)

    async def stop() -> None:
        await proxy.until(when)
        os.kill(int(await anyio.Path(pid).read_text()), stopped_by)

    with anyio.fail_after(120):
        async with Client(stdio_client(parameters), elicitation_callback=Person()) as client:
            for done, given_to in before:
                await client.call_tool(done, given_to)
            async with anyio.create_task_group() as group:
                group.start_soon(stop)
                with suppress(MCPError):
                    await client.call_tool(tool, arguments)
            await proxy.until(when)
