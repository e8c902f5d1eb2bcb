"""The generated parts are as the locked gazu and the sandbox's Zou make them: a bump without them fails here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from references.generated import REFERENCES
from references.parts import FILES, PARTS

if TYPE_CHECKING:
    from kitsu_sandbox.lifecycle import Sandbox
    from references.generated import JsonFile, Part


@pytest.mark.parametrize("part", PARTS, ids=str)
def test_a_part_is_as_it_is_made_today(part: Part, sandbox: Sandbox) -> None:
    assert part.kept() == part.made(sandbox), "Zou, gazu or the seeds changed: `make references` writes it anew"


@pytest.mark.parametrize("file", FILES, ids=str)
def test_a_file_says_what_it_says_today(file: JsonFile, sandbox: Sandbox) -> None:
    # No assertion on the documents themselves: pytest would explain their difference for minutes.
    same = file.kept() == file.made(sandbox)
    assert same, "Zou changed: `make references` writes it anew"


def test_every_place_for_a_part_has_one() -> None:
    marks = {
        (page.name, line.removeprefix("<!-- generated: ").removesuffix(" (make references) -->"))
        for page in REFERENCES.glob("*.md")
        for line in page.read_text(encoding="utf-8").splitlines()
        if line.startswith("<!-- generated: ")
    }
    assert marks == {(part.page, part.name) for part in PARTS}
