"""What a server lists: for how long a host may keep it, and what a role that cannot write is not offered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio
import pytest
from mcp import MCPError

from kitsu_server.app import WRITE_TOOLS
from kitsu_tools.catalog import BY_DEFAULT, CATALOG, TOOLSETS
from support.client import connected
from support.faults import fault_proxy, rewrite

if TYPE_CHECKING:
    from pathlib import Path

    from mcp.types import CacheableResult

    from kitsu_sandbox.lifecycle import Connection
    from support.client import Agent, Mode

pytestmark = pytest.mark.anyio

HOUR_MS = 3_600_000


async def answers(agent: Agent) -> dict[str, CacheableResult]:
    """One answer of each method that may say how long it holds, but for the one that begins a connection."""
    return {
        "tools/list": await agent.mcp.list_tools(),
        "prompts/list": await agent.mcp.list_prompts(),
        "resources/list": await agent.mcp.list_resources(),
        "resources/templates/list": await agent.mcp.list_resource_templates(),
        "resources/read": await agent.mcp.read_resource("kitsu://skill/SKILL.md"),
    }


async def test_a_host_may_keep_what_is_the_same_for_everyone_and_the_tools_for_a_minute() -> None:
    async with connected(None) as agent:
        found = {method: (one.ttl_ms, one.cache_scope) for method, one in (await answers(agent)).items()}
    assert found.pop("tools/list") == (60_000, "private")
    assert set(found.values()) == {(HOUR_MS, "public")}


async def test_the_older_protocol_hears_nothing_of_caching() -> None:
    async with connected(None, mode="legacy") as agent:
        for method, one in (await answers(agent)).items():
            assert not {"ttl_ms", "cache_scope"} & one.model_fields_set, method


def of_sets(*toolsets: str) -> list[str]:
    return [one.name for one in CATALOG if one.toolset in toolsets]


def without_bots(projects: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [project | {"is_bot_collaboration_enabled": False} for project in projects]


@pytest.mark.parametrize(("role", "writes"), [("user", False), ("manager", True)])
async def test_what_the_role_was_found_to_allow_decides_what_the_next_start_lists(
    kitsu: Connection, role: str, writes: bool, journal: Path, mode: Mode
) -> None:
    async with fault_proxy(kitsu.event_host) as proxy:
        proxy.fault(rewrite(without_bots), path="data/projects/open", times=None)
        async with connected(kitsu, host=proxy.url, role=role, journal=journal, mode=mode) as agent:
            assert {tool.name for tool in await agent.tools()} >= WRITE_TOOLS, "until it is known, all are listed"
            with anyio.fail_after(60):
                while not any(file.read_text() for file in journal.parent.glob("roles/*")):
                    await agent.tools()
        async with connected(kitsu, host=proxy.url, role=role, journal=journal, mode=mode) as agent:
            listed = {tool.name for tool in await agent.tools()}
    assert WRITE_TOOLS & listed == (WRITE_TOOLS if writes else set())
    assert {entry.name for entry in CATALOG if not entry.writes} <= listed


@pytest.mark.parametrize(
    ("toolsets", "read_only", "offered", "prompts"),
    [
        ("", "yes", [one.name for one in CATALOG if not one.writes and one.toolset in BY_DEFAULT], 8),
        ("All", "", [one.name for one in CATALOG], 8),
        ("Tasks, production", "", of_sets("production", "tasks"), 3),
        ("time, default", "", of_sets(*BY_DEFAULT, "time"), 8),
        ("review,skill", "1", [one for one in of_sets("review", "skill") if one not in WRITE_TOOLS], 0),
        ("review", "no", of_sets("review"), 0),
    ],
    ids=["read only", "all", "no writes", "default and more", "no place to write", "review alone"],
)
async def test_what_is_not_offered_is_neither_listed_nor_callable_nor_promised(
    toolsets: str, read_only: str, offered: list[str], prompts: int, mode: Mode
) -> None:
    async with connected(None, mode=mode, KITSU_TOOLSETS=toolsets, KITSU_READ_ONLY=read_only) as agent:
        assert [tool.name for tool in await agent.tools()] == offered
        for name in (entry.name for entry in CATALOG if entry.name not in offered):
            assert (await agent.refusal(name)).startswith(f"This server does not offer {name}: its operator")
        told = agent.mcp.instructions or ""
        writes = not WRITE_TOOLS.isdisjoint(offered)
        assert ("Tools that write ask" in told, "Nothing here changes Kitsu" in told) == (writes, not writes)
        assert ("read_skill" in told) == ("read_skill" in offered)
        listed = [one.name for one in (await agent.mcp.list_prompts()).prompts]
        assert len(listed) == prompts
        if "sequence_brief" not in listed:
            with pytest.raises(MCPError, match=f"There are: {', '.join(listed) or 'none'}"):
                await agent.mcp.get_prompt("sequence_brief", {"sequence": "Salt Harbour/SQ010"})


def test_every_toolset_has_tools_and_they_stand_in_its_order() -> None:
    assert list(dict.fromkeys(entry.toolset for entry in CATALOG)) == list(TOOLSETS)
