"""Every page of the references can be opened whole, found from SKILL.md, and read by its contents."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kitsu_tools.skill import anchor

CHECKOUT = Path(__file__).parents[2]
PAGES = sorted((CHECKOUT / "references").glob("*.md"))
MOST_TOKENS = 25_000
CHARACTERS_A_TOKEN = 3
"""Paths and identifiers cost more than prose does."""

pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def headings(text: str) -> list[str]:
    outside = re.sub(r"^ *```.*?^ *```$", "", text, flags=re.DOTALL | re.MULTILINE)
    return re.findall(r"^#+ (.+)$", outside, re.MULTILINE)


@pages
def test_a_page_can_be_opened_whole(page: Path) -> None:
    assert len(page.read_text(encoding="utf-8")) / CHARACTERS_A_TOKEN <= MOST_TOKENS


@pages
def test_a_long_page_begins_with_its_contents(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    if text.count("\n") <= 100:
        return
    _, found, rest = text.partition("\n## Contents\n")
    assert found, "over 100 lines: list the headings under `## Contents`"
    contents = rest.partition("\n## ")[0]
    listed = re.findall(r"\]\(#([^)]+)\)", contents)
    assert listed == [anchor(one) for one in re.findall(r"^## (.+)$", rest, re.MULTILINE)]


@pages
def test_a_pages_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        file, _, place = link.partition("#")
        if "://" in link:
            continue
        target = page.parent / file if file else page
        assert target.is_file(), link
        if place:
            assert place in {anchor(one) for one in headings(target.read_text(encoding="utf-8"))}, link
