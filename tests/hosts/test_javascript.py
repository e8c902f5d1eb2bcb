"""The JavaScript of the references runs as it stands, with Node.js and the real socket.io-client, on the sandbox."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from references.blocks import PAGES, blocks

if TYPE_CHECKING:
    from kitsu_sandbox.lifecycle import Connection

SCRIPTS = [
    pytest.param(block.text, id=f"{page.name}:{block.line}")
    for page in PAGES
    for block in blocks(page)
    if block.language == "js" and block.runs
]


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_javascript_block_runs(script: str, kitsu: Connection) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "KITSU_HOST": kitsu.host,
        "KITSU_BOT_TOKEN": kitsu.token("supervisor"),
    }
    done = subprocess.run(
        ["node", "--input-type=module"],
        input=script,
        cwd=Path(__file__).parent,  # whose node_modules the imports are found in
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert not done.stderr


def test_the_api_path_would_be_taken_for_a_namespace(kitsu: Connection) -> None:
    script = f"""
        import {{ io }} from "socket.io-client";
        const stream = io({kitsu.host!r}, {{ reconnection: false }});
        stream.on("connect", () => {{ console.log("connected"); stream.disconnect(); }});
        stream.on("connect_error", () => {{ console.log("refused", typeof stream.of); stream.disconnect(); }});
    """
    done = subprocess.run(
        ["node", "--input-type=module"],
        input=script,
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.strip() == "refused undefined"
