"""An agent's view of the server: an in-memory MCP client on `build_server`, pointed at the sandbox or at a fault proxy.

async with connected(kitsu, role="manager", mode=mode, on_question=person) as client:
    table = await client.ask("list_shots", under="Salt Harbour/SQ010")
    text = await client.refusal("list_shots", under="Nowhere")
"""

from __future__ import annotations

import os
import tempfile
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast
from unittest import mock
from zlib import crc32

import anyio
from mcp import Client
from mcp.shared.memory import create_client_server_memory_streams
from mcp.types import Implementation, TextContent

from kitsu_server.app import build_server
from kitsu_server.channel import serve_channel
from kitsu_server.settings import Settings
from kitsu_tools.tracker.kitsu import Kitsu

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from mcp.client._transport import TransportStreams
    from mcp.client.extension import ClientExtension
    from mcp.client.session import ElicitationFnT, MessageHandlerFnT
    from mcp.server.mcpserver import MCPServer
    from mcp.types import CallToolResult, Tool

    from kitsu_sandbox.lifecycle import Connection
    from kitsu_tools.read.admission import Wish

Mode = Literal["auto", "legacy", "channel"]
"""The newest protocol, those of the handshake, and these as a server with a channel serves them, and no other."""
HOST_NAME = "Test Host"
EVERY_MODE = cast("Mode | None", os.environ.get("TEST_MODE"))
"""The one mode in which all tests run, where somebody wants that."""


@dataclass(frozen=True)
class Agent:
    """The client of one running server. `mcp` is the SDK's own, for what has no short form here."""

    mcp: Client

    async def call(self, tool: str, **arguments: Any) -> CallToolResult:
        """Call a tool; its refusals are results too."""
        return await self.mcp.call_tool(tool, arguments)

    async def ask(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Call a tool that must succeed, and return its structured content."""
        result = await self.call(tool, **arguments)
        assert not result.is_error, _text(result)
        assert result.structured_content is not None
        return result.structured_content

    async def refusal(self, tool: str, **arguments: Any) -> str:
        """Call a tool that must fail, and return what it says, without the SDK's words before it."""
        result = await self.call(tool, **arguments)
        assert result.is_error, result.structured_content
        return _text(result).removeprefix(f"Error executing tool {tool}: ")

    async def tools(self) -> list[Tool]:
        """The tools as the server lists them now, never out of the client's cache."""
        return (await self.mcp.list_tools(cache_mode="refresh")).tools


@asynccontextmanager
async def connected(
    connection: Connection | None,
    *,
    role: str = "manager",
    mode: Mode | None = None,
    on_question: ElicitationFnT | None = None,
    host: str | None = None,
    journal: Path | None = None,
    name: str = HOST_NAME,
    on_message: MessageHandlerFnT | None = None,
    extensions: Sequence[ClientExtension] = (),
    **environment: str,
) -> AsyncGenerator[Agent]:
    """A client of a server of its own that runs as long as the block.

    It signs in to `connection` as the bot with `role`; `host` puts another address (a fault proxy's) in its place, and
    `environment` sets or overrides variables (`KITSU_USER="…"`). Without `on_question` the host cannot ask a person,
    and no browser of this machine does it instead. It offers every tool, listens to no events and keeps nothing for the
    next start unless told to (`KITSU_LIVE="auto"`, `KITSU_CACHE=folder`), so that requests can be counted, and is
    patient with a machine that does much else. Without `journal` the server's journal is thrown away afterwards.
    `mode` where a test is of one: "auto" stays that, whatever all others run in.
    `name` is what the host calls itself; `on_message` gets what the server says unasked.
    """
    with tempfile.TemporaryDirectory(prefix="kitsu-journal-") as folder:
        given = {
            "KITSU_JOURNAL": str(journal or Path(folder) / "journal.sqlite3"),
            "KITSU_LIVE": "off",
            "KITSU_TOOLSETS": "all",
            "KITSU_CONNECT_SECONDS": "30",
        }
        if on_question is None:
            given["KITSU_CONFIRM"] = "form"
        if connection is not None:
            given |= signed_in_as(connection, role, host)
        mode = "auto" if mode == "auto" else EVERY_MODE or mode or "auto"
        if mode == "channel":
            given["KITSU_CHANNEL"] = "me"
        its = settings(**given | environment)
        server = build_server(its)
        async with Client(
            server if its.channel is None else _channel(server, its.channel),
            # A newer host asks for the newest protocol first, and is told that there is none.
            mode="auto" if mode == "channel" else mode,
            extensions=extensions,
            elicitation_callback=on_question,
            message_handler=on_message,
            client_info=Implementation(name=name, version="1"),
        ) as client:
            # The client's task group would wrap a failing test's own exception in a group: let it out past that.
            failure: Exception | None = None
            try:
                yield Agent(client)
            except Exception as error:  # noqa: BLE001  raised again below
                failure = error
        if failure is not None:
            raise failure


@asynccontextmanager
async def _channel(server: MCPServer[Any], wanted: Wish) -> AsyncGenerator[TransportStreams]:
    """A server as it is over stdio where it has a channel."""
    async with (
        create_client_server_memory_streams() as (client, served),
        anyio.create_task_group() as group,
    ):
        group.start_soon(serve_channel, server, wanted, *served)
        try:
            yield client
        finally:
            await client[1].aclose()  # as a host that is gone: the server ends by itself


def era_of(test: str) -> Mode:
    """The era that falls to a test of this name: always the same one, and each to about half of all."""
    return EVERY_MODE or ("legacy" if crc32(test.encode()) % 2 else "auto")


@asynccontextmanager
async def opened(
    connection: Connection, *, role: str = "manager", host: str | None = None, **environment: str
) -> AsyncGenerator[Kitsu]:
    """What stands behind the tools, without a server around it: for tests of the tracker itself."""
    given = settings(**signed_in_as(connection, role, host) | environment)
    kitsu = Kitsu(given.studio, given.caller)
    try:
        yield kitsu
    finally:
        await kitsu.close()


def signed_in_as(connection: Connection, role: str = "manager", host: str | None = None) -> dict[str, str]:
    """The variables that sign a server in as the bot with this role."""
    return {"KITSU_HOST": host or connection.host, "KITSU_BOT_TOKEN": connection.token(role)}


def settings(**environment: str) -> Settings:
    """The settings of a server that is started with these variables and none of the machine's own; it keeps nothing for
    the next start unless they say so.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("KITSU_", "TRACKER_"))}
    with mock.patch.dict(os.environ, kept | {"KITSU_CACHE": "off"} | environment, clear=True):
        return Settings()  # pyright: ignore[reportCallIssue]  every field comes from the environment


def _text(result: CallToolResult) -> str:
    return "\n".join(part.text for part in result.content if isinstance(part, TextContent))
