"""A stand-in for the Messages API on a free loopback port, that plays scripted tool calls to a real Claude Code.

with stand_in_api([ToolCall("mcp__kitsu__list_projects", {})]) as api:
    ...  # run the client in `claude_home.talking_to(api)`; `api.results` is what its model got to see of each call
"""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

LAST_WORDS = "All calls of the script are made."
"""What the stand-in says when its script is at its end."""


@dataclass(frozen=True)
class ToolCall:
    """One call the stand-in for a model makes."""

    tool: str
    arguments: dict[str, Any]


@dataclass
class StandIn:
    """A running stand-in. `requests`: every body the client sent. `strangers`: where else anything wanted to go."""

    url: str
    script: Iterator[ToolCall | str]
    requests: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    strangers: list[str] = field(default_factory=list[str])
    made: int = 0

    @property
    def turns(self) -> list[dict[str, Any]]:
        """The requests of the conversation itself, without what the client asks on the side (a title, for one)."""
        return [body for body in self.requests if body.get("tools")]

    @property
    def results(self) -> list[str]:
        """What came back of the calls, in order, as the model saw it."""
        return [_text(block["content"]) for block in self.blocks if block["type"] == "tool_result"]

    @property
    def blocks(self) -> list[dict[str, Any]]:
        """All that stands in the conversation, in order, as the model saw it."""
        conversations: list[list[dict[str, Any]]] = [body.get("messages", []) for body in self.requests]
        messages = max([[], *conversations], key=len)
        return [block for message in messages for block in _blocks(message["content"])]

    @property
    def text(self) -> str:
        """What stands in the conversation as text."""
        return "\n".join(block["text"] for block in self.blocks if block["type"] == "text")

    def answer(self, body: dict[str, Any]) -> dict[str, Any]:
        """The next message of the script. A request without tools is no turn of it: the client asks for a title."""
        self.requests.append(body)
        step = next(self.script, LAST_WORDS) if body.get("tools") else LAST_WORDS
        if isinstance(step, ToolCall):
            self.made += 1
            content = {"type": "tool_use", "id": f"toolu_{self.made}", "name": step.tool, "input": step.arguments}
        else:
            content = {"type": "text", "text": step}
        return {
            "id": f"msg_{len(self.requests)}",
            "type": "message",
            "role": "assistant",
            "model": body.get("model", ""),
            "content": [content],
            "stop_reason": "tool_use" if isinstance(step, ToolCall) else "end_turn",
            "stop_sequence": None,
            "usage": {"input_tokens": 10, "output_tokens": 5},
        }


@contextmanager
def stand_in_api(script: Sequence[ToolCall | str]) -> Generator[StandIn]:
    """A stand-in that makes these calls one after the other, then says its last words. A text ends a turn before."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        stand_in = server.stand_in = StandIn(f"http://127.0.0.1:{server.server_port}", iter(script))
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield stand_in
        finally:
            server.shutdown()
            thread.join()


class _Server(ThreadingHTTPServer):
    stand_in: StandIn


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        if not self._is_stranger():
            self._say(b"", "text/plain")

    def do_GET(self) -> None:
        if not self._is_stranger():
            self._say(b"", "text/plain")

    def do_CONNECT(self) -> None:
        self._is_stranger()

    def do_POST(self) -> None:
        if self._is_stranger():
            return
        body = json.loads(self.rfile.read(int(self.headers.get("content-length") or 0)) or b"{}")
        if "count_tokens" in self.path:
            self._say(b'{"input_tokens": 30000}', "application/json")
            return
        message = cast("_Server", self.server).stand_in.answer(body)
        if body.get("stream"):
            self._say("".join(_events(message)).encode(), "text/event-stream")
        else:
            self._say(json.dumps(message).encode(), "application/json")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base class names it so
        """Nothing: the terminal belongs to the host under test."""

    def _is_stranger(self) -> bool:
        """A request for another host, sent here as to a proxy: it is noted and goes nowhere."""
        if self.path.startswith("/"):
            return False
        cast("_Server", self.server).stand_in.strangers.append(self.path)
        self.close_connection = True
        self.send_error(502)
        return True

    def _say(self, body: bytes, content_type: str) -> None:
        self.send_response(200)
        self.send_header("content-type", content_type)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _events(message: dict[str, Any]) -> Iterator[str]:
    (content,) = message["content"]
    if content["type"] == "tool_use":
        empty: dict[str, Any] = {"input": {}}
        delta = {"type": "input_json_delta", "partial_json": json.dumps(content["input"])}
    else:
        empty, delta = {"text": ""}, {"type": "text_delta", "text": content["text"]}
    yield _event("message_start", message={**message, "content": [], "stop_reason": None})
    yield _event("content_block_start", index=0, content_block=content | empty)
    yield _event("content_block_delta", index=0, delta=delta)
    yield _event("content_block_stop", index=0)
    stop = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    yield _event("message_delta", delta=stop, usage={"output_tokens": 5})
    yield _event("message_stop")


def _event(kind: str, **fields: Any) -> str:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n"


def _blocks(content: str | list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _text(content: str | list[dict[str, Any]]) -> str:
    return content if isinstance(content, str) else "\n".join(block.get("text", "") for block in content)
