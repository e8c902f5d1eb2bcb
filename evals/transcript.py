"""What passed between agent and server, as the proxy notes it, and how it is counted.

A call is a tool called, a resource read or a prompt got. Tokens are characters / 4, rounded up: of the arguments as
compact JSON, and of the answer as a model gets it (the structured content as compact JSON where there is one, else the
text). What the server lists is counted apart: a host may show it once, in part or never.
"""

from __future__ import annotations

import fcntl
import json
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from mcp.types import CallToolResult, GetPromptResult, ReadResourceResult

CHARACTERS_A_TOKEN = 4
WAITING = "Waiting"
_PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class Call:
    """One call with its answer, as text."""

    method: str
    name: str
    arguments: dict[str, Any]
    answer: str
    failed: bool
    tokens: int
    seconds: float


@dataclass(frozen=True)
class Question:
    """What the person was asked, and what they answered."""

    message: str
    answer: str
    content: dict[str, Any] | None


@dataclass(frozen=True)
class Transcript:
    """Everything of one trial, in order. `listed_tokens`: the longest listing of tools that the agent was given."""

    calls: list[Call] = field(default_factory=list[Call])
    questions: list[Question] = field(default_factory=list[Question])
    listed_tokens: int = 0

    @property
    def tokens(self) -> int:
        """Of all calls together."""
        return sum(call.tokens for call in self.calls)


class StillRunning(Exception):
    """A proxy that outlived its agent: what it does next would be another trial's."""


class Log:
    """The proxy's end of a transcript: one line of JSON each. Locked while the proxy lives."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a")
        fcntl.flock(self._file, fcntl.LOCK_SH)

    def note(self, line: Call | Question) -> None:
        """Keep a call or a question."""
        self._write(type(line).__name__, asdict(line))

    def note_waiting(self) -> None:
        """Keep that the agent waits for something to happen."""
        self._write(WAITING, {})

    def note_listing(self, text: str) -> None:
        """Keep how long a listing of tools was."""
        self._write("Listing", {"tokens": tokens(text)})

    def close(self) -> None:
        """Nothing more comes."""
        self._file.close()

    def _write(self, kind: str, fields: dict[str, Any]) -> None:
        self._file.write(json.dumps({"kind": kind, **fields}, ensure_ascii=False) + "\n")
        self._file.flush()


@contextmanager
def logging_to(path: Path) -> Generator[Log]:
    """A log that is open inside the block."""
    log = Log(path)
    try:
        yield log
    finally:
        log.close()


def is_waiting(path: Path) -> bool:
    """Whether the agent has begun to wait for something."""
    return path.exists() and f'{{"kind": "{WAITING}"' in path.read_text()


def read(path: Path) -> Transcript:
    """The transcript of a trial, once its proxies have ended, which they do with the agent.

    Raises:
        StillRunning: one has not.
    """
    if not path.exists():
        return Transcript()
    with path.open() as file:
        _await_end(file.fileno())
        lines: list[dict[str, Any]] = [json.loads(line) for line in file]
    listings = [line["tokens"] for line in lines if line["kind"] == "Listing"]
    return Transcript(
        [Call(**_fields(line)) for line in lines if line["kind"] == "Call"],
        [Question(**_fields(line)) for line in lines if line["kind"] == "Question"],
        max(listings, default=0),
    )


def tokens(text: str) -> int:
    """Characters / 4, rounded up."""
    return -(-len(text) // CHARACTERS_A_TOKEN)


def as_json(value: object) -> str:
    """Compact JSON, as it is counted."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def as_text(result: CallToolResult | ReadResourceResult | GetPromptResult) -> str:
    """An answer as a model gets it."""
    whole = result.model_dump(mode="json", by_alias=True, exclude_none=True)
    if whole.get("structuredContent") is not None:
        return as_json(whole["structuredContent"])
    parts: list[dict[str, Any]] = whole.get("content") or whole.get("contents") or []
    parts += [message["content"] for message in whole.get("messages", ())]
    return "\n".join(part["text"] if "text" in part else as_json(part) for part in parts)


def _fields(line: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in line.items() if name != "kind"}


def _await_end(file: int) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.02)
        else:
            return
    raise StillRunning(f"A proxy still runs {_PATIENCE_SECONDS:g} s after its agent ended.")
