"""The proxy between an agent and the server: what passes through, what is noted, how it is counted, in both eras."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError
from mcp.types import CallToolResult, TextContent

from evals import transcript
from evals.proxy import standing_between
from evals.task import Gate
from evals.transcript import as_json, as_text, logging_to, tokens
from kitsu_server.app import build_server
from support.client import settings, signed_in_as

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection
    from support.client import Mode

pytestmark = pytest.mark.anyio

SKILL = "kitsu://skill/SKILL.md"


@asynccontextmanager
async def through_the_proxy(kitsu: Connection, log: Path, mode: Mode) -> AsyncGenerator[Client]:
    environment = signed_in_as(kitsu) | {"KITSU_JOURNAL": str(log.with_name("journal.sqlite3"))}
    with logging_to(log) as opened:
        async with (
            standing_between(build_server(settings(**environment)), Gate(), opened) as proxy,
            Client(proxy, mode=mode) as client,
        ):
            yield client


async def test_the_agent_meets_our_server(kitsu: Connection, tmp_path: Path, mode: Mode) -> None:
    ours = build_server(settings(**signed_in_as(kitsu)))
    async with Client(ours, mode=mode) as direct:
        met = await introduction(direct)
    async with through_the_proxy(kitsu, tmp_path / "log", mode) as client:
        assert await introduction(client) == met


async def introduction(client: Client) -> list[Any]:
    listed = [
        (await client.list_tools()).tools,
        (await client.list_prompts()).prompts,
        (await client.list_resources()).resources,
        (await client.list_resource_templates()).resource_templates,
    ]
    return [client.server_info, client.instructions, listed]


async def test_calls_and_resources_are_noted_with_their_tokens(kitsu: Connection, tmp_path: Path, mode: Mode) -> None:
    async with through_the_proxy(kitsu, tmp_path / "log", mode) as client:
        answer = await client.call_tool("list_shots", {"under": "Salt Harbour", "limit": 1})
        page = await client.read_resource(SKILL)
        listed = (await client.list_tools()).tools
    noted = transcript.read(tmp_path / "log")
    assert [(call.method, call.name, call.failed) for call in noted.calls] == [
        ("tools/call", "list_shots", False),
        ("resources/read", SKILL, False),
    ]
    asked = tokens('{"under":"Salt Harbour","limit":1}')
    assert noted.calls[0].tokens == asked + tokens(as_json(answer.structured_content))
    assert noted.calls[1].tokens == tokens("{}") + tokens(as_text(page))
    assert noted.tokens == sum(call.tokens for call in noted.calls)
    assert noted.listed_tokens == tokens(
        as_json([one.model_dump(mode="json", by_alias=True, exclude_none=True) for one in listed])
    )


async def test_refusals_and_errors_reach_the_agent_and_are_noted(kitsu: Connection, tmp_path: Path, mode: Mode) -> None:
    async with through_the_proxy(kitsu, tmp_path / "log", mode) as client:
        refused = await client.call_tool("list_shots", {"under": "Nowhere"})
        with pytest.raises(MCPError):
            await client.read_resource("kitsu://skill/none.md")
    assert refused.is_error
    assert [call.failed for call in transcript.read(tmp_path / "log").calls] == [True, True]


@pytest.mark.parametrize(
    ("structured", "seen"), [({"total": 2}, '{"total":2}'), (None, "two tasks")], ids=["structured", "text alone"]
)
def test_an_answer_is_counted_as_a_model_gets_it(structured: dict[str, Any] | None, seen: str) -> None:
    content: list[Any] = [TextContent(type="text", text="two tasks")]
    assert as_text(CallToolResult(content=content, structured_content=structured)) == seen
