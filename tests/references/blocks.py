"""The fenced blocks of SKILL.md and the references."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

CHECKOUT = Path(__file__).parents[2]
PAGES = [CHECKOUT / "SKILL.md", *sorted((CHECKOUT / "references").glob("*.md"))]


class Block(NamedTuple):
    """A fenced block: its language, what else its fence says, the line it begins at, and its text."""

    language: str
    more: str
    line: int
    text: str

    @property
    def runs(self) -> bool:
        return self.more != "fragment"


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    fenced = re.finditer(r"^( *)```(\w*) ?(.*)\n((?:.*\n)*?)\1```$", text, re.MULTILINE)
    return [Block(one[2], one[3], text.count("\n", 0, one.start()) + 1, one[4]) for one in fenced]


def script(page: Path) -> str:
    """Its Python as one program: the blocks that run, in their order."""
    return "\n".join(block.text for block in blocks(page) if block.language == "python" and block.runs)
