"""The skill: every file of it is a resource, and it says only what is so."""

from __future__ import annotations

import ast
import re
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from mcp.shared.exceptions import MCPError
from mcp.types import INVALID_PARAMS, TextResourceContents

from kitsu_tools.catalog import CATALOG
from support.client import connected

if TYPE_CHECKING:
    from support.client import Agent, Mode

CHECKOUT = Path(__file__).parents[2]
FILES = [Path("SKILL.md"), *(file.relative_to(CHECKOUT) for file in sorted((CHECKOUT / "references").rglob("*")))]
SKILL = (CHECKOUT / "SKILL.md").read_text(encoding="utf-8")
_, FRONTMATTER, BODY = SKILL.split("---\n", 2)


async def served(agent: Agent, file: Path) -> bytes:
    (content,) = (await agent.mcp.read_resource(f"kitsu://skill/{file.as_posix()}")).contents
    assert isinstance(content, TextResourceContents)
    return content.text.encode()


@pytest.mark.anyio
async def test_every_file_is_a_resource_with_a_title_and_its_size(mode: Mode) -> None:
    async with connected(None, mode=mode) as agent:
        resources = (await agent.mcp.list_resources()).resources
    listed = {one.uri: one for one in resources if one.uri.startswith("kitsu://skill/")}
    assert list(listed) == [f"kitsu://skill/{file.as_posix()}" for file in FILES]
    for file, resource in zip(FILES, listed.values(), strict=True):
        text = (CHECKOUT / file).read_text(encoding="utf-8")
        assert f"# {resource.title}\n" in text
        assert resource.size == len((CHECKOUT / file).read_bytes())
        assert resource.description
        assert "\n" not in resource.description
        assert "](" not in resource.description
        assert len(resource.description) <= 300
        assert resource.mime_type == "text/markdown"


@pytest.mark.anyio
@pytest.mark.parametrize("file", FILES, ids=str)
async def test_a_resource_is_its_file_byte_for_byte(file: Path, mode: Mode) -> None:
    async with connected(None, mode=mode) as agent:
        assert await served(agent, file) == (CHECKOUT / file).read_bytes()


@pytest.mark.anyio
async def test_a_page_says_what_it_is_for_in_its_own_first_sentence(mode: Mode) -> None:
    async with connected(None, mode=mode) as agent:
        listed = {one.name: one.description for one in (await agent.mcp.list_resources()).resources}
    assert (listed["SKILL.md"] or "").startswith("Reads and changes animation and VFX productions in Kitsu")
    assert listed["references/agent-conduct.md"] == (
        "A production tracker is where people agree on what is done and what is not."
    )


@pytest.mark.anyio
@pytest.mark.parametrize("name", ["agent-conduct", "agent-conduct.md", "Agent-Conduct"])
async def test_a_reference_is_also_there_under_its_short_name(name: str, mode: Mode) -> None:
    async with connected(None, mode=mode) as agent:
        read = (await agent.mcp.read_resource(f"kitsu://skill/references/{name}")).contents
    assert isinstance(read[0], TextResourceContents)
    assert read[0].text.encode() == (CHECKOUT / "references" / "agent-conduct.md").read_bytes()
    assert read[0].mime_type == "text/markdown"


@pytest.mark.anyio
@pytest.mark.parametrize(
    "name",
    ["nothing", "..%2FSKILL.md", "%2Fetc%2Fpasswd", "%2E%2E", "%00", "SKILL.md", "%F0%9F"],
)
async def test_no_other_file_is_ever_read_and_the_error_names_those_there_are(name: str, mode: Mode) -> None:
    async with connected(None, mode=mode) as agent:
        with pytest.raises(MCPError) as caught:
            await agent.mcp.read_resource(f"kitsu://skill/references/{name}")
    assert caught.value.error.code == INVALID_PARAMS
    assert "It has: references/agent-conduct.md" in caught.value.error.message


@pytest.mark.anyio
async def test_a_name_that_is_nearly_a_pages_is_no_page_but_suggests_it(mode: Mode) -> None:
    async with connected(None, mode=mode) as agent:
        with pytest.raises(MCPError, match=r"Did you mean agent-conduct\?"):
            await agent.mcp.read_resource("kitsu://skill/references/agent-conduct%00.md")


@pytest.mark.anyio
@pytest.mark.parametrize("uri", ["kitsu://skill/../README.md", "kitsu://skill/README.md", "file:///etc/passwd"])
async def test_no_other_uri_is_a_resource(uri: str, mode: Mode) -> None:
    async with connected(None, mode=mode) as agent:
        with pytest.raises(MCPError, match="Unknown resource"):
            await agent.mcp.read_resource(uri)


def test_the_frontmatter_is_what_hosts_take() -> None:
    keys = dict(line.split(": ", 1) for line in FRONTMATTER.splitlines())
    assert all(": " not in value and " #" not in value for value in keys.values()), "YAML would read more into it"
    assert SKILL.startswith("---\n")
    assert set(keys) == {"name", "description", "license"}
    assert keys["name"] == "kitsu"
    assert keys["license"] == "MIT"
    assert "Use when" in keys["description"]
    assert len(keys["description"]) <= 1_024


def test_the_skill_is_short_enough_to_be_read() -> None:
    assert BODY.count("\n") < 300
    assert len(SKILL) / 4 <= 4_000


def test_its_links_lead_to_its_files_and_none_is_left_out() -> None:
    linked = {link for link in re.findall(r"\]\(([^)#]+)\)", BODY) if "://" not in link}
    assert linked == {file.as_posix() for file in FILES[1:]}


def test_it_speaks_of_every_tool_and_calls_none_that_does_not_exist() -> None:
    tools = {entry.name for entry in CATALOG}
    assert tools - set(re.findall(r"`(\w+)[`(]", BODY)) == set()
    assert set(re.findall(r"`([a-z]+_[a-z]+)\(", BODY)) <= tools


def test_its_calls_name_arguments_that_the_tools_take() -> None:
    takes = {entry.name: set(signature(entry.function).parameters) for entry in CATALOG}
    calls = [ast.parse(call.replace("=…", "='…'"), mode="eval").body for call in re.findall(r"`(\w+\(.*?\))`", BODY)]
    assert len(calls) > 5
    for call in calls:
        assert isinstance(call, ast.Call)
        assert isinstance(call.func, ast.Name)
        assert {str(one.arg) for one in call.keywords} <= takes[call.func.id], ast.unparse(call)
