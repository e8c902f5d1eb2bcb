"""The real Claude Code meets a server with a channel: on which protocol, and what it says without a sign-in.

That a session hears of anything cannot be shown here: that needs the sign-in. live/test_channel.py holds what is sent.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from hosts.claude_home import CLAUDE, Server
from hosts.claude_terminal import claude_terminal

if TYPE_CHECKING:
    from pathlib import Path

SKIPPED = "Channel notifications skipped: "


@pytest.mark.parametrize("heard", ["all", ""])
def test_with_a_channel_it_connects_by_the_handshake_and_finds_it(server: Server, tmp_path: Path, heard: str) -> None:
    log = tmp_path / "debug.log"
    flags = ["--dangerously-load-development-channels", "server:kitsu", "--debug-file", str(log)]
    its = replace(server, env=server.env | {"KITSU_CHANNEL": heard})
    with claude_terminal(CLAUDE, its, ["Hello."], arguments=flags) as terminal:
        greetings = [str(one["said"]) for one in terminal.home.wire if one["from"] == "server"]
        terminal.wait_for(lambda: SKIPPED in log.read_text())
    said = [line for line in log.read_text().splitlines() if 'MCP server "kitsu"' in line]
    (established,) = [line for line in said if "Connection established" in line]
    assert ('"protocolEra":"legacy"' in established) == bool(heard)
    assert any("'claude/channel': {}" in one for one in greetings) == bool(heard)
    (why,) = [line.partition(SKIPPED)[2] for line in said if SKIPPED in line]
    not_declared = "server did not declare claude/channel capability"
    assert why == ("channels feature is not currently available" if heard else not_declared)
