"""Every code block of SKILL.md and the references runs as it stands, or says that it is a fragment.

The Python blocks of a page are one script, in their order, in a process of its own on the sandbox: `KITSU_HOST` and
`KITSU_BOT_TOKEN` are set, for the role that the page names in `<!-- run as: ROLE -->`, otherwise the supervisor's.
JSON blocks must be JSON. Any block may say `fragment` after its language; a block of plain `text` is no code.
JavaScript blocks run in tests/hosts, where there is Node.js.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from references.blocks import PAGES, blocks, script

if TYPE_CHECKING:
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection

LANGUAGES = {"python", "json", "js", "sh", "text"}


SCRIPTS = [page for page in PAGES if script(page)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_block_says_what_it_is(page: Path) -> None:
    for block in blocks(page):
        assert block.language in LANGUAGES, f"{page.name}:{block.line}"
        assert block.more in {"", "fragment"}, f"{page.name}:{block.line}"
        assert not (block.language == "sh" and block.runs), f"{page.name}:{block.line}: nothing runs it"
        if block.language == "json" and block.runs:
            json.loads(block.text)


@pytest.mark.parametrize("page", SCRIPTS, ids=lambda page: page.name)
def test_the_python_blocks_of_a_page_run(page: Path, pristine: Connection, tmp_path: Path) -> None:
    role = re.search(r"<!-- run as: (\w+) -->", page.read_text(encoding="utf-8"))
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "KITSU_HOST": pristine.host,
        "KITSU_BOT_TOKEN": pristine.token(role[1] if role else "supervisor"),
    }
    done = subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning:__main__", "-c", script(page)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
