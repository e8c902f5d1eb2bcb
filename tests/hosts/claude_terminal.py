"""The real Claude Code in a pseudo-terminal, as a person sees it, with an MCP server named kitsu and a scripted model.

with claude_terminal(Path("claude"), Server([sys.executable, "-m", "kitsu_server"], {...}), [call]) as terminal:
    terminal.say("go on")
    terminal.wait_for("Untick what not to send")
    print(terminal.text)
    terminal.press(ENTER)
"""

from __future__ import annotations

import signal
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pexpect
import pyte

from hosts.claude_home import ClaudeHome, Server, claude_home, talking_to
from hosts.drawn_screen import drawn
from hosts.stand_in_api import StandIn, ToolCall, stand_in_api

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from pathlib import Path

    from PIL import Image

ENTER, ESCAPE, SPACE, BACKSPACE, TAB = "\r", "\x1b", " ", "\x7f", "\t"
UP, DOWN, RIGHT, LEFT = "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D"

PATIENCE_SECONDS = 60.0
CONFIRM = "I am using this for local development"
QUIET_SECONDS = 0.4
"""A screen on which nothing was drawn for so long has answered a key."""


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
    home: ClaudeHome
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
    def picture(self) -> Image.Image:
        """The same, drawn."""
        return drawn(self._screen)

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
        """Send keys, each once the screen is quiet; the screen after the last."""
        self.settle()
        for key in keys:
            self.child.send(key)
            self.settle()
        return self.text

    def say(self, text: str) -> None:
        """Type a message, and send it once it stands in the prompt."""
        self.child.send(text)
        self.wait_for(text)
        self.settle()
        self.child.send(ENTER)

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

    def end(self) -> None:
        """Shut the terminal, as a person who closes its window, and wait until the client is gone."""
        self.child.kill(signal.SIGHUP)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self.child.isalive():
            self._draw(0.1)
            if time.monotonic() > deadline:
                self.child.kill(signal.SIGKILL)
        self.child.close()

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
    binary: Path,
    server: Server,
    script: Sequence[ToolCall | str],
    size: Size | None = None,
    arguments: Sequence[str] = (),
) -> Generator[Terminal]:
    """Claude Code, started with these arguments, with the server connected, waiting for what the person says."""
    size = size or Size()
    with claude_home(binary) as home, stand_in_api(script) as api:
        home.connect(server)
        home.allow(call.tool for call in script if isinstance(call, ToolCall))
        child: pexpect.spawn[bytes] = pexpect.spawn(
            str(binary),
            list(arguments),
            cwd=str(home.project),
            env=home.env | talking_to(api),
            dimensions=(size.rows, size.columns),
            timeout=5,
        )
        terminal = Terminal(child, api, home, size)
        try:
            terminal.wait_for(lambda: _tools_listed(home.wire) or CONFIRM in terminal.text)
            if CONFIRM in terminal.text:
                terminal.press(ENTER)
                terminal.wait_for(lambda: _tools_listed(home.wire))
            terminal.settle()
            yield terminal
        finally:
            terminal.end()


def _tools_listed(wire: list[dict[str, Any]]) -> bool:
    return any(one["from"] == "server" and "tools" in one["said"].get("result", {}) for one in wire)
