"""The skill's pages, for hosts that do not show resources."""

from typing import Annotated

from anyio import to_thread
from mcp.types import CallToolResult
from pydantic import Field

from kitsu_tools.answers import answer
from kitsu_tools.skill import sections_of, skill_page, skill_pages, skill_section
from kitsu_tools.tracker.errors import BadInput

CHARACTERS_A_TOKEN = 4
CONTENTS = "contents"


async def read_skill(
    page: Annotated[
        str, Field(max_length=200, description="SKILL.md or a reference such as events; empty: the list of pages")
    ] = "",
    section: Annotated[
        str, Field(max_length=200, description="one heading of it; Contents: all headings with their sizes")
    ] = "",
) -> CallToolResult:
    """Read what the kitsu skill knows: working in Kitsu, gazu, endpoints, events, data model, permissions, recipes.

    Start with SKILL.md; of a long page read Contents, then a section. Answers `text`, or rows with sizes in tokens.
    """
    return await to_thread.run_sync(_read, page, section)


def _read(wanted: str, section: str) -> CallToolResult:
    pages = skill_pages()
    if not wanted.strip():
        if section:
            raise BadInput("section: of which page? Name it as `page`.")
        rows = [[page.name, page.title_and_purpose()[0], _tokens(page.text())] for page in pages]
        return answer({"columns": ["page", "title", "tokens"], "rows": rows})
    name, _, link = wanted.partition("#")
    page, section = skill_page(name, pages), section or link
    text = page.text()
    if not section:
        return answer({"page": page.name, "tokens": _tokens(text), "text": text})
    sections = sections_of(text)
    if section.strip().casefold() == CONTENTS:
        below = [one for one in sections if one.heading.casefold() != CONTENTS]
        rows = [[f"{'  ' * (one.level - 2)}{one.heading}", _tokens(one.text)] for one in below]
        return answer({"page": page.name, "tokens": _tokens(text), "columns": ["section", "tokens"], "rows": rows})
    found = skill_section(page, section.lstrip("# "), sections)
    return answer({"page": page.name, "section": found.path, "tokens": _tokens(found.text), "text": found.text})


def _tokens(text: str) -> int:
    return len(text) // CHARACTERS_A_TOKEN
