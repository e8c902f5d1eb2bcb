"""The skill: every file of it is a resource, and it says only what is so."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from mcp.types import TextResourceContents

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
        listed = {one.uri: one for one in (await agent.mcp.list_resources()).resources}
    assert list(listed) == [f"kitsu://skill/{file.as_posix()}" for file in FILES]
    for file, resource in zip(FILES, listed.values(), strict=True):
        text = (CHECKOUT / file).read_text(encoding="utf-8")
        assert f"# {resource.title}\n" in text
        assert resource.description
        assert resource.description.startswith(f"{len(text.encode()):,} bytes")
        assert resource.mime_type == "text/markdown"


@pytest.mark.anyio
@pytest.mark.parametrize("file", FILES, ids=str)
async def test_a_resource_is_its_file_byte_for_byte(file: Path, mode: Mode) -> None:
    async with connected(None, mode=mode) as agent:
        assert await served(agent, file) == (CHECKOUT / file).read_bytes()


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
    assert len(BODY) / 4 < 5_000


def test_its_links_lead_to_its_files_and_none_is_left_out() -> None:
    linked = {link for link in re.findall(r"\]\(([^)#]+)\)", BODY) if "://" not in link}
    assert linked == {file.as_posix() for file in FILES[1:]}


def test_it_speaks_of_every_tool_and_calls_none_that_does_not_exist() -> None:
    tools = {entry.name for entry in CATALOG}
    assert tools - set(re.findall(r"`(\w+)[`(]", BODY)) == set()
    assert set(re.findall(r"`([a-z]+_[a-z]+)\(", BODY)) <= tools
