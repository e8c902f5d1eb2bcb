"""Test equipment: an MCP server that stands between an agent and ours, and answers our questions in a person's place.

    python -m evals.proxy --gate GATE.json --log LOG.jsonl --sandbox FOLDER -- COMMAND…

It forwards tools, resources, prompts and completions, notes every call, and lets any host take part, even one that
cannot show a question. Because it confirms without a person it is for a sandbox alone: it starts only for the address
and a token of the sandbox whose state folder it is given, and the server behind it gets `PASSED_ON` and no proxy.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import anyio
from mcp import Client, StdioServerParameters
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.shared.exceptions import MCPError
from mcp.types import (
    CallToolRequestParams,
    CallToolResult,
    CompleteRequestParams,
    CompleteResult,
    ElicitRequestFormParams,
    ElicitResult,
    GetPromptRequestParams,
    GetPromptResult,
    Implementation,
    ListPromptsResult,
    ListResourcesResult,
    ListResourceTemplatesResult,
    ListToolsResult,
    PaginatedRequestParams,
    ReadResourceRequestParams,
    ReadResourceResult,
)

from evals.task import Gate
from evals.transcript import Call, Log, Question, as_json, as_text, logging_to, tokens
from kitsu_sandbox.errors import SandboxError
from kitsu_sandbox.lifecycle import Sandbox

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Mapping

    from mcp.client import ClientRequestContext
    from mcp.server.context import ServerRequestContext
    from mcp.server.mcpserver import MCPServer
    from mcp.types import ElicitRequestParams

    Context = ServerRequestContext[Any, Any]
    Page = PaginatedRequestParams | None

Answer = TypeVar("Answer", CallToolResult, ReadResourceResult, GetPromptResult)
NAME = "mcp-server-kitsu-evals"
PASSED_ON = (
    "KITSU_HOST", "KITSU_PAGE_HOST", "KITSU_BOT_TOKEN", "KITSU_USER", "KITSU_JOURNAL", "KITSU_PROJECT", "KITSU_TOOLSETS"
)  # fmt: skip
"""The server's settings in exactly this spelling: it ignores case, so that `kitsu_host` would lead elsewhere."""


class NotASandbox(Exception):
    """A Kitsu that people may be working in."""


def require_sandbox(settings: Mapping[str, str], state: Path) -> None:
    """Refuse every Kitsu but the sandbox in this state folder. A loopback address alone may be a tunnel to a studio.

    Raises:
        NotASandbox: the settings hold another address or a token that is none of this sandbox's.
    """
    why = "This proxy confirms changes without a person, so it works with a sandbox only."
    try:
        kitsu = Sandbox(state).connection()
        own = {kitsu.token(role).strip() for role in kitsu.token_files}
    except (SandboxError, OSError) as error:
        raise NotASandbox(f"{why} {error}") from error
    if settings.get("KITSU_HOST") != kitsu.host:
        raise NotASandbox(f"{why} KITSU_HOST is not {kitsu.host}, where the one in {state} is.")
    if settings.get("KITSU_BOT_TOKEN") not in own:
        raise NotASandbox(f"{why} KITSU_BOT_TOKEN is none of that sandbox's.")


@asynccontextmanager
async def standing_between(
    upstream: StdioServerParameters | MCPServer[Any], gate: Gate, log: Log
) -> AsyncGenerator[Server[Any]]:
    """The server that an agent connects to, with `upstream` connected behind it for as long as the block."""
    person = _Person(gate, log)
    own = Implementation(name=NAME, version="1")
    async with Client(upstream, elicitation_callback=person.answer, client_info=own, cache=None) as behind:
        yield _Between(behind, log).server()


class _Person:
    """Answers each question as the task says."""

    def __init__(self, gate: Gate, log: Log) -> None:
        self._gate = gate
        self._log = log

    async def answer(self, context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:  # noqa: ARG002
        """What a person would have clicked."""
        action, content = self._gate.answer, None
        if not isinstance(params, ElicitRequestFormParams):
            action = "cancel"
        elif action == "accept":
            fields: dict[str, dict[str, Any]] = params.requested_schema["properties"]
            content = {name: field["default"] for name, field in fields.items() if "default" in field}
            if "changes" in content:
                content["changes"] = self._ticked(content["changes"])
        self._log.note(Question(params.message, action, content))
        return ElicitResult(action=action, content=content)

    def _ticked(self, entries: list[str]) -> list[str]:
        return [entry for entry in entries if not any(text in entry for text in self._gate.untick)]


@dataclass(frozen=True)
class _Between:
    """Handlers whose every answer is the one that the server behind gives."""

    behind: Client
    log: Log

    def server(self) -> Server[Any]:
        """A server made of them, which introduces itself as the one behind."""
        info = self.behind.server_info
        return Server[Any](
            info.name if info else NAME,
            version=info.version if info else "",
            title=info.title if info else None,
            description=info.description if info else None,
            website_url=info.website_url if info else None,
            icons=info.icons if info else None,
            instructions=self.behind.instructions,
            on_list_tools=self.list_tools,
            on_call_tool=self.call_tool,
            on_list_resources=self.list_resources,
            on_list_resource_templates=self.list_templates,
            on_read_resource=self.read_resource,
            on_list_prompts=self.list_prompts,
            on_get_prompt=self.get_prompt,
            on_completion=self.complete,
        )

    async def list_tools(self, _: Context, page: Page) -> ListToolsResult:
        listed = await self.behind.list_tools(cursor=_cursor(page))
        tools = [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in listed.tools]
        self.log.note_listing(as_json(tools))
        return listed

    async def call_tool(self, _: Context, asked: CallToolRequestParams) -> CallToolResult:
        given = asked.arguments or {}
        if asked.name.startswith("wait_for_"):
            if (
                asked.name == "wait_for_events"
            ):  # once the server listens: it would wait in vain for what is done before
                with suppress(MCPError):  # which the call itself is told
                    await self.behind.call_tool(asked.name, given | {"seconds": 0})
            self.log.note_waiting()
        return await self._noted("tools/call", asked.name, given, self.behind.call_tool(asked.name, given))

    async def list_resources(self, _: Context, page: Page) -> ListResourcesResult:
        return await self.behind.list_resources(cursor=_cursor(page))

    async def list_templates(self, _: Context, page: Page) -> ListResourceTemplatesResult:
        return await self.behind.list_resource_templates(cursor=_cursor(page))

    async def read_resource(self, _: Context, asked: ReadResourceRequestParams) -> ReadResourceResult:
        uri = str(asked.uri)
        return await self._noted("resources/read", uri, {}, self.behind.read_resource(uri))

    async def list_prompts(self, _: Context, page: Page) -> ListPromptsResult:
        return await self.behind.list_prompts(cursor=_cursor(page))

    async def get_prompt(self, _: Context, asked: GetPromptRequestParams) -> GetPromptResult:
        given = asked.arguments or {}
        return await self._noted("prompts/get", asked.name, dict(given), self.behind.get_prompt(asked.name, given))

    async def complete(self, _: Context, asked: CompleteRequestParams) -> CompleteResult:
        known = asked.context.arguments if asked.context else None
        return await self.behind.complete(asked.ref, asked.argument.model_dump(), known)

    async def _noted(self, method: str, name: str, given: dict[str, Any], answering: Awaitable[Answer]) -> Answer:
        began = time.monotonic()
        spent = tokens(as_json(given))
        try:
            answer = await answering
        except MCPError as error:
            self.log.note(Call(method, name, given, str(error), True, spent, time.monotonic() - began))
            raise
        text = as_text(answer)
        failed = isinstance(answer, CallToolResult) and answer.is_error is True
        self.log.note(Call(method, name, given, text, failed, spent + tokens(text), time.monotonic() - began))
        return answer


def _cursor(page: Page) -> str | None:
    return page.cursor if page else None


def main() -> int:
    """Serve over stdio until the agent is gone."""
    parser = argparse.ArgumentParser(
        prog="python -m evals.proxy", description="Stands between an agent and the server, for a sandbox."
    )
    parser.add_argument("--gate", type=Path, required=True, help="what the person answers: a task's [gate] as JSON")
    parser.add_argument("--log", type=Path, required=True, help="where the transcript goes")
    parser.add_argument("--sandbox", type=Path, required=True, help="the state folder of the sandbox to work with")
    parser.add_argument("command", nargs="+", help="the server behind")
    given = parser.parse_args()
    settings = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    try:
        require_sandbox(settings, given.sandbox)
    except NotASandbox as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 2
    command, *arguments = given.command
    # The SDK adds what a process needs (PATH, HOME); `*` also keeps a Mac's own proxy away from the token.
    upstream = StdioServerParameters(command=command, args=arguments, env={**settings, "NO_PROXY": "*"})
    anyio.run(_serve, upstream, Gate.model_validate_json(given.gate.read_text()), given.log)
    return 0


async def _serve(upstream: StdioServerParameters, gate: Gate, log: Path) -> None:
    with logging_to(log) as opened:
        async with standing_between(upstream, gate, opened) as server, stdio_server() as (reading, writing):
            await server.run(reading, writing, server.create_initialization_options())


if __name__ == "__main__":
    sys.exit(main())
