"""The skill as a tool: its pages listed, whole and by section, and nothing that is not one of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kitsu_tools.skill import sections_of
from support.client import connected

if TYPE_CHECKING:
    from support.client import Mode

pytestmark = pytest.mark.anyio

CHECKOUT = Path(__file__).parents[2]
PAGES = ["SKILL.md", *(f"references/{file.name}" for file in sorted((CHECKOUT / "references").glob("*.md")))]
NOWHERE = (
    "../README.md",
    "references/../../pyproject.toml",
    "..",
    "/etc/passwd",
    "file:///etc/passwd",
    "kitsu://skill/../README.md",
    "README.md",
    "zzzz",
)
LONGEST = max(PAGES, key=lambda page: (CHECKOUT / page).stat().st_size)


def text_of(page: str) -> str:
    return (CHECKOUT / page).read_bytes().decode()


async def test_without_a_name_it_lists_every_page_with_title_and_size(mode: Mode) -> None:
    async with connected(None, mode=mode) as agent:
        listed = await agent.ask("read_skill")
    assert listed["columns"] == ["page", "title", "tokens"]
    assert [page for page, _, _ in listed["rows"]] == PAGES
    for page, title, tokens in listed["rows"]:
        assert f"# {title}\n" in text_of(page)
        assert tokens == len(text_of(page)) // 4


@pytest.mark.parametrize(
    ("asked", "page"),
    [
        ("SKILL.md", "SKILL.md"),
        ("skill", "SKILL.md"),
        ("kitsu://skill/SKILL.md", "SKILL.md"),
        ("references/agent-conduct.md", "references/agent-conduct.md"),
        ("references/agent-conduct", "references/agent-conduct.md"),
        ("agent-conduct.md", "references/agent-conduct.md"),
        (" Agent-Conduct ", "references/agent-conduct.md"),
        ("kitsu://skill/references/agent-conduct.md", "references/agent-conduct.md"),
        ("AGENT-CONDUCT.MD", "references/agent-conduct.md"),
        ("./references/agent-conduct.md", "references/agent-conduct.md"),
        ("../SKILL.md", "SKILL.md"),
        ("agent conduct", "references/agent-conduct.md"),
        ("agent_conduct", "references/agent-conduct.md"),
    ],
)
async def test_a_page_is_read_by_any_of_its_names(asked: str, page: str, mode: Mode) -> None:
    async with connected(None, mode=mode) as agent:
        found = await agent.ask("read_skill", page=asked)
    assert found == {"page": page, "tokens": len(text_of(page)) // 4, "text": text_of(page)}


async def test_a_link_into_a_page_is_read_as_its_section(mode: Mode) -> None:
    async with connected(None, mode=mode) as agent:
        found = await agent.ask("read_skill", page="statuses.md#caps-on-retakes")
    assert found["section"] == "Caps on retakes"
    assert found["text"].startswith("## Caps on retakes\n")


@pytest.mark.parametrize("argument", ["page", "section"])
@pytest.mark.parametrize("name", ["x" * 100_000, "\ud800"], ids=["huge", "half a character"])
async def test_what_cannot_be_a_name_is_refused_without_repeating_it(argument: str, name: str) -> None:
    async with connected(None) as agent:
        said = await agent.refusal("read_skill", **{"page": "SKILL.md", argument: name})
    assert said.startswith(argument)
    assert len(said) < 500


@pytest.mark.parametrize("page", PAGES)
async def test_every_page_is_read_whole(page: str) -> None:
    async with connected(None) as agent:
        assert (await agent.ask("read_skill", page=page))["text"] == text_of(page)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        *((asked, f"It has: {', '.join(PAGES)}.") for asked in NOWHERE),
        ("references/../SKILL.md", "Did you mean SKILL?"),
        (str(CHECKOUT / "SKILL.md"), "Did you mean SKILL?"),
        ("kitsu://skill/references/%2e%2e/SKILL.md", "Did you mean SKILL?"),
        ("references/SKILL.md", "Did you mean SKILL?"),
        ("references\\agent-conduct.md", "Did you mean agent-conduct?"),
        ("agent-conduct.md\x00", "Did you mean agent-conduct?"),
        ("ａgent-conduct", "Did you mean agent-conduct?"),
        ("event", "Did you mean events?"),
        ("receipes", "Did you mean recipes?"),
        ("gazu.task", "Did you mean gazu?"),
        ("endpoint", "Did you mean endpoints, "),
    ],
    ids=ascii,
)
async def test_what_is_no_page_is_refused_with_the_nearest_or_else_those_there_are(
    asked: str, says: str, mode: Mode
) -> None:
    async with connected(None, mode=mode) as agent:
        text = await agent.refusal("read_skill", page=asked)
    assert text.startswith("The skill has no page ")
    assert says in text
    assert len(text) < 300 + len(", ".join(PAGES))


async def test_a_long_page_can_be_read_by_section() -> None:
    async with connected(None) as agent:
        contents = await agent.ask("read_skill", page=LONGEST, section="Contents")
        assert contents["columns"] == ["section", "tokens"]
        assert contents["tokens"] == len(text_of(LONGEST)) // 4
        last, tokens = next(row for row in reversed(contents["rows"]) if not row[0].startswith(" "))
        section = await agent.ask("read_skill", page=LONGEST, section=last)
    assert section["text"].startswith(f"## {last}\n")
    assert text_of(LONGEST).endswith(section["text"])
    assert section["tokens"] == tokens == len(section["text"]) // 4


async def test_a_section_that_is_not_there_is_refused_with_the_nearest() -> None:
    async with connected(None) as agent:
        assert "Did you mean Addresses?" in await agent.refusal("read_skill", page="SKILL.md", section="Adresses")
        assert "There are: Addresses," in await agent.refusal("read_skill", page="SKILL.md", section="zzzz")
        assert "Name it as `page`" in await agent.refusal("read_skill", section="Addresses")


@pytest.mark.parametrize(
    "section", ["task", "gazu.task", "gazu.task.get_task()", "gazu::task", "Every function > task"]
)
async def test_a_section_answers_to_what_code_calls_it(section: str) -> None:
    async with connected(None) as agent:
        found = await agent.ask("read_skill", page="gazu", section=section)
    assert found["section"] == "Every function > task"


async def test_a_section_is_refused_with_the_nearest_headings_first() -> None:
    async with connected(None) as agent:
        said = await agent.refusal("read_skill", page="gazu", section="tasks")
        nothing = await agent.refusal("read_skill", page="gazu", section="gazu.nothing")
    assert said.endswith("Did you mean Every function > task?")
    assert "There are: " in nothing


def test_headings_in_code_are_no_sections_and_deeper_ones_belong_to_those_above() -> None:
    page = "# T\n\nIntro.\n\n## A\na\n```sh\n# no heading\n```\n### Same\n1\n## B\n### Same\n2\n"
    found = {one.path: one.text for one in sections_of(page)}
    assert found == {
        "A": "## A\na\n```sh\n# no heading\n```\n### Same\n1\n",
        "A > Same": "### Same\n1\n",
        "B": "## B\n### Same\n2\n",
        "B > Same": "### Same\n2\n",
    }
