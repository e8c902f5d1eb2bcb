"""A stand-in for the Messages API on a free loopback port, that plays scripted tool calls to a real Claude Code.

with stand_in_api([ToolCall("mcp__kitsu__list_projects", {})]) as api:
    ...  # run the client with ANTHROPIC_BASE_URL=api.url; `api.results` is what its model got to see of each call
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
    """A running stand-in. `requests`: every body the client sent."""

    url: str
    calls: Iterator[ToolCall]
    requests: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    made: int = 0

    @property
    def results(self) -> list[str]:
        """What came back of the calls, in order, as the model saw it."""
        conversations: list[list[dict[str, Any]]] = [body.get("messages", []) for body in self.requests]
        messages = max([[], *conversations], key=len)
        blocks = [block for message in messages for block in _blocks(message["content"])]
        return [_text(block["content"]) for block in blocks if block["type"] == "tool_result"]

    def answer(self, body: dict[str, Any]) -> dict[str, Any]:
        """The next message of the script. A request without tools is no turn of it: the client asks for a title."""
        self.requests.append(body)
        call = next(self.calls, None) if body.get("tools") else None
        content: dict[str, Any] = {"type": "text", "text": LAST_WORDS}
        if call is not None:
            self.made += 1
            content = {"type": "tool_use", "id": f"toolu_{self.made}", "name": call.tool, "input": call.arguments}
        return {
            "id": f"msg_{len(self.requests)}",
            "type": "message",
            "role": "assistant",
            "model": body.get("model", ""),
            "content": [content],
            "stop_reason": "tool_use" if call else "end_turn",
            "stop_sequence": None,
            "usage": {"input_tokens": 10, "output_tokens": 5},
        }


@contextmanager
def stand_in_api(calls: Sequence[ToolCall]) -> Generator[StandIn]:
    """A stand-in that makes these calls one after the other, then says its last words."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        stand_in = server.stand_in = StandIn(f"http://127.0.0.1:{server.server_port}", iter(calls))
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
        self._say(b"", "text/plain")

    def do_GET(self) -> None:
        self._say(b"", "text/plain")

    def do_POST(self) -> None:
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
    return [] if isinstance(content, str) else content


def _text(content: str | list[dict[str, Any]]) -> str:
    return content if isinstance(content, str) else "\n".join(block.get("text", "") for block in content)
