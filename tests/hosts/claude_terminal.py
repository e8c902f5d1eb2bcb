"""The real Claude Code in a pseudo-terminal: a scratch home, no sign-in, a scripted model, an MCP server named kitsu.

with claude_terminal(Path("claude"), Server([sys.executable, "-m", "kitsu_server"], {...}), [call]) as terminal:
    terminal.wait_for("Untick what not to send")
    print(terminal.text)
    terminal.press(ENTER)

Nothing leaves the machine: the model's API is `stand_in_api`, and every other traffic is switched off.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pexpect
import pyte

from hosts.stand_in_api import StandIn, ToolCall, stand_in_api

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

ENTER, ESCAPE, SPACE, BACKSPACE, TAB = "\r", "\x1b", " ", "\x7f", "\t"
UP, DOWN, RIGHT, LEFT = "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D"

PATIENCE_SECONDS = 30.0
QUIET_SECONDS = 0.4
"""A screen on which nothing was drawn for so long has answered a key."""

_KEY = "none-none-none-none-x"
_PROJECT = "robo-garden"


@dataclass(frozen=True)
class Server:
    """How the MCP server is started."""

    command: Sequence[str]
    env: dict[str, str]


@dataclass(frozen=True)
class Size:
    """Of a terminal, in characters."""

    columns: int = 120
    rows: int = 45


class NotSeen(Exception):
    """What should have come onto the screen did not; holds the screen."""


@dataclass
class Terminal:
    """A running Claude Code."""

    child: pexpect.spawn[bytes]
    api: StandIn
    wire_log: Path
    size: Size
    _screen: pyte.Screen = field(init=False)
    _stream: pyte.ByteStream = field(init=False)

    def __post_init__(self) -> None:
        self._screen = pyte.Screen(self.size.columns, self.size.rows)
        self._stream = pyte.ByteStream(self._screen)

    @property
    def text(self) -> str:
        """The screen as a person sees it."""
        return "\n".join(line.rstrip() for line in self._screen.display).strip("\n")

    @property
    def wire(self) -> list[dict[str, Any]]:
        """What host and server said so far, as `wire_tap` notes it."""
        return [json.loads(line) for line in self.wire_log.read_text().splitlines()] if self.wire_log.exists() else []

    def wait_for(self, seen: str | Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> str:
        """The screen once a text is on it, or a condition holds.

        Raises:
            NotSeen: it did not come in time.
        """
        deadline = time.monotonic() + seconds
        while not (seen in self.text if isinstance(seen, str) else seen()):
            if time.monotonic() > deadline or not self._draw(0.2):
                raise NotSeen(f"waited {seconds} s for {seen!r}; the screen:\n{self.text}")
        return self.text

    def press(self, *keys: str) -> str:
        """Send keys, each once the screen is quiet after the one before; the screen after the last."""
        for key in keys:
            self.child.send(key)
            self.settle()
        return self.text

    def settle(self, seconds: float = 3.0) -> None:
        """Wait until nothing is drawn any more, at most so long: a spinner never rests."""
        deadline = quiet_since = time.monotonic()
        deadline += seconds
        while time.monotonic() < min(deadline, quiet_since + QUIET_SECONDS):
            before = self.text
            if not self._draw(0.1):
                return
            if self.text != before:
                quiet_since = time.monotonic()

    def _draw(self, seconds: float) -> bool:
        """Take in what comes within this time. False when the client has ended."""
        try:
            self._stream.feed(self.child.read_nonblocking(65536, seconds))
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        return True


@contextmanager
def claude_terminal(
    binary: Path, server: Server, calls: Sequence[ToolCall], size: Size | None = None
) -> Generator[Terminal]:
    """Claude Code with the server connected and a prompt sent, so that the first call is on its way."""
    size = size or Size()
    with _scratch(binary, server, calls) as (folder, env, api):
        child: pexpect.spawn[bytes] = pexpect.spawn(
            str(binary), cwd=str(folder / _PROJECT), env=env, dimensions=(size.rows, size.columns), timeout=5
        )
        terminal = Terminal(child, api, folder / "wire.jsonl", size)
        try:
            terminal.wait_for(lambda: _tools_listed(terminal.wire))
            terminal.settle()
            terminal.press("go on", ENTER)
            yield terminal
        finally:
            child.close(force=True)


@dataclass(frozen=True)
class Headless:
    """What `claude -p` did: its output, what its model saw of each call, and what host and server said."""

    output: str
    results: list[str]
    wire: list[dict[str, Any]]


def claude_headless(binary: Path, server: Server, calls: Sequence[ToolCall]) -> Headless:
    """Claude Code without a terminal and so without a person: `claude -p`."""
    with _scratch(binary, server, calls) as (folder, env, api):
        command = [binary, "-p", "go on"]
        done = subprocess.run(
            command, cwd=folder / _PROJECT, env=env, capture_output=True, text=True, timeout=120, check=True
        )
        wire = [json.loads(line) for line in (folder / "wire.jsonl").read_text().splitlines()]
        return Headless(done.stdout, api.results, wire)


@contextmanager
def _scratch(
    binary: Path, server: Server, calls: Sequence[ToolCall]
) -> Generator[tuple[Path, dict[str, str], StandIn]]:
    """A folder with a home and a project in it, the environment to run in, and the model's API."""
    with tempfile.TemporaryDirectory(prefix="claude-", ignore_cleanup_errors=True) as name, stand_in_api(calls) as api:
        folder = Path(name)
        _configure(folder, server, sorted({call.tool for call in calls}))
        env = {
            "PATH": f"{binary.parent}:{os.environ['PATH']}",
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
            "HOME": str(folder / "home"),
            "ANTHROPIC_API_KEY": _KEY,
            "ANTHROPIC_BASE_URL": api.url,
            "DISABLE_AUTOUPDATER": "1",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        }
        yield folder, env, api


def _configure(folder: Path, server: Server, tools: list[str]) -> None:
    """As after the first start of a person who trusts the folder, connected the server and allowed the tools."""
    home, project = folder / "home", folder / _PROJECT
    (home / ".claude").mkdir(parents=True)
    project.mkdir()
    tap = [str(Path(__file__).with_name("wire_tap.py")), str(folder / "wire.jsonl"), *server.command]
    connected = {"type": "stdio", "command": sys.executable, "args": tap, "env": server.env}
    trusted = {"hasTrustDialogAccepted": True, "mcpServers": {"kitsu": connected}}
    state = {
        "hasCompletedOnboarding": True,
        "theme": "dark",
        "customApiKeyResponses": {"approved": [_KEY[-20:]], "rejected": []},
        "projects": {str(project): trusted},
    }
    (home / ".claude.json").write_text(json.dumps(state))
    (home / ".claude" / "settings.json").write_text(json.dumps({"permissions": {"allow": tools}}))


def _tools_listed(wire: list[dict[str, Any]]) -> bool:
    return any(one["from"] == "server" and "tools" in one["said"].get("result", {}) for one in wire)
