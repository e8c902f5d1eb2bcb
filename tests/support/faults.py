"""A reverse proxy between a client and Zou that answers wrongly, late or not at all, as a test orders.

async with fault_proxy("http://127.0.0.1:5000") as proxy:
    proxy.fault(answer(429, headers={"Retry-After": "1"}), path="/data/tasks", times=2)
    ...  # the client under test, in this process or another, talks to proxy.url
"""

import asyncio
import io
import json
import re
import socket
import struct
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import aiohttp
from aiohttp import web
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

MethodMatch = str | frozenset[str] | None
PathMatch = str | re.Pattern[str] | None  # a substring, or a pattern to search for, of path and query
WRITES = frozenset({"POST", "PUT", "DELETE"})
_JSON = "application/json"


@dataclass(frozen=True)
class Fault:
    """What happens to a request, made by the functions below; with an `end` it decides the outcome."""

    name: str
    seconds: float = 0
    released: asyncio.Event | None = None
    without_asked: str = ""  # these three name a header, a query parameter and a header to leave out
    without_query: str = ""
    without_told: str = ""
    change: Callable[[Any], Any] | None = None
    forwards: bool = True
    within: int | None = None  # bytes of the body that are read before it happens
    answer: Callable[[], web.Response] = web.Response
    end: Literal["answer", "cut", "reset", "cut midway", "hang"] | None = None


def answer(
    status: int = 200, body: object = b"", headers: Mapping[str, str] | None = None, content_type: str = _JSON
) -> Fault:
    """Answer without asking Zou; `body` goes out as it is when bytes or text, and as JSON otherwise."""
    if not isinstance(body, bytes):
        body = (body if isinstance(body, str) else json.dumps(body)).encode()
    made = partial(web.Response, status=status, headers={"Content-Type": content_type, **(headers or {})}, body=body)
    return Fault("answer", forwards=False, answer=made, end="answer")


def lose_answer(*, reset: bool = False) -> Fault:
    """Let the request take effect in Zou, then cut the connection without answering."""
    return Fault("lose_answer", end="reset" if reset else "cut")


def cut_before(*, reset: bool = False) -> Fault:
    """Cut the connection before Zou hears of the request, politely (FIN) or with a reset (RST)."""
    return Fault("cut_before", forwards=False, end="reset" if reset else "cut")


def cut_upload(after_bytes: int, *, stall: bool = False) -> Fault:
    """Cut the connection when so much of the request's body has come, or read no further."""
    return Fault(
        "stall_upload" if stall else "cut_upload", forwards=False, within=after_bytes, end="hang" if stall else "cut"
    )


def cut_midway() -> Fault:
    """Let the request take effect, answer the headers and half the body, then cut; without a body, as lose_answer."""
    return Fault("cut_midway", end="cut midway")


def hang(*, after_forwarding: bool = False) -> Fault:
    """Never answer; the connection stays open until the proxy stops."""
    return Fault("hang", forwards=after_forwarding, end="hang")


def read_seconds(fault: Fault) -> str:
    """What to set KITSU_READ_SECONDS to: short where waiting is certain to end in vain, else as long as it may take."""
    return "3" if fault.end == "hang" else "60"


def delay(seconds: float) -> Fault:
    """Wait before going on."""
    return Fault("delay", seconds=seconds)


def hold(released: asyncio.Event) -> Fault:
    """Wait before going on until the test says so."""
    return Fault("hold", released=released)


def strip_etag() -> Fault:
    """Imitate a Zou without ETags: it sees no If-None-Match and answers no ETag."""
    return Fault("strip_etag", without_asked="If-None-Match", without_told="ETag")


def strip_compact() -> Fault:
    """Imitate a Zou that does not know `compact` in a query and so answers in full."""
    return Fault("strip_compact", without_query="compact")


def rewrite(change: Callable[[Any], Any]) -> Fault:
    """Answer `change(what Zou answered)`; an answer that is not JSON stays as it is."""
    # Without Accept-Encoding the answer comes readable, not compressed.
    return Fault("rewrite", without_asked="Accept-Encoding", change=change)


@dataclass
class Record:
    """One request that reached the proxy, and what became of it."""

    method: str
    path: str
    headers: CIMultiDict[str]
    json: Any
    if_none_match: bool
    connection: int  # the client's port: equal numbers are one kept-alive connection
    faults: tuple[str, ...] = ()  # the names of those applied
    status: int | None = None  # None: the client got no answer
    upstream_status: int | None = None  # None: Zou was not asked, or has not answered
    asking: bool = False  # Zou was asked and has not answered


@dataclass
class Rule:
    """Where and how often a fault applies."""

    fault: Fault
    method: MethodMatch
    path: PathMatch
    left: int | None
    after: int

    def remove(self) -> None:
        """Apply no more."""
        self.left = 0

    def take(self, record: Record) -> bool:
        """Whether the fault applies to this request, which then is counted."""
        if self.left == 0 or not _matches(record, self.method, self.path):
            return False
        self.after -= 1
        if self.after < 0 and self.left is not None:
            self.left -= 1
        return self.after < 0


class FaultProxy:
    """The running proxy: its address, its rules and what it has seen."""

    def __init__(self, upstream: str, session: aiohttp.ClientSession, prefix: str = "") -> None:
        self.url = ""
        self.requests: list[Record] = []
        self._upstream, self._session, self._prefix = upstream.rstrip("/"), session, prefix
        self._port = 0
        self._runner: web.AppRunner | None = None
        self._rules: list[Rule] = []
        self._changed, self._stopped = asyncio.Event(), asyncio.Event()

    def fault(
        self,
        fault: Fault,
        *,
        method: MethodMatch = None,
        path: PathMatch = None,
        times: int | None = 1,
        after: int = 0,
    ) -> Rule:
        """Apply `fault` to `times` matching requests (None: to all) once `after` of them have passed.

        Of the faults that decide the outcome a request meets only the first; it does not count for the later ones.
        """
        self._rules.append(Rule(fault, method, path, times, after))
        return self._rules[-1]

    def count(self, method: str | None = None, path_contains: str | None = None) -> int:
        """Count the recorded requests, re-sent ones included."""
        return sum(_matches(record, method, path_contains) for record in self.requests)

    def clear(self) -> None:
        """Forget the recorded requests; the rules stay."""
        self.requests.clear()

    async def until(self, condition: Callable[[], bool], seconds: float = 60) -> None:
        """Wait until `condition` holds, looked at whenever a request arrives or gets an answer."""
        async with asyncio.timeout(seconds):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def idle(self) -> None:
        """Wait until Zou has answered all that it was asked."""
        await self.until(lambda: not any(record.asking for record in self.requests))

    async def start(self) -> None:
        """Listen, on the same port as before if this is not the first time."""
        self._stopped.clear()
        app = web.Application(client_max_size=0)
        app.router.add_route("*", "/{path:.*}", self._respond)
        self._runner = web.AppRunner(app, access_log=None, auto_decompress=False, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self._port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{self._port}{self._prefix}"

    async def stop(self) -> None:
        """Refuse connections, and cut those that hang or are not answered within a moment."""
        runner, self._runner = self._runner, None
        if runner is not None:
            self._stopped.set()
            await runner.cleanup()

    async def _respond(self, request: web.Request) -> web.StreamResponse:
        path, headers = request.raw_path, _end_to_end(request.headers)
        port = request.transport.get_extra_info("peername")[1] if request.transport else 0
        record = Record(request.method, path, headers.copy(), None, "If-None-Match" in headers, port)
        faults = self._take(record)
        within = next((fault.within for fault in faults if fault.within is not None), None)
        body = await (request.read() if within is None else request.content.readexactly(within))
        record.json = _parsed(body)
        self.requests.append(record)
        self._changed.set()
        for fault in faults:
            await asyncio.sleep(fault.seconds)
            if fault.released:
                await fault.released.wait()
            headers.popall(fault.without_asked, None)
            if fault.without_query:
                # Cut out as text: parsing and joining again would change how the rest is encoded.
                path = re.sub(rf"(?<=[?&]){fault.without_query}=[^&]*&?", "", path).rstrip("?&")
        ending = next((fault for fault in faults if fault.end), Fault("none"))
        told = await self._forward(record, path, headers, body) if ending.forwards else ending.answer()
        for fault in faults:
            told.headers.popall(fault.without_told, None)
            if fault.change and (parsed := _parsed(told.body)) is not None:
                told.body = json.dumps(fault.change(parsed)).encode()
        if ending.end in (None, "answer"):
            record.status = told.status
            self._changed.set()
            return told
        return await self._cut(request, record, told, ending.end)

    def _take(self, record: Record) -> list[Fault]:
        taken: list[Fault] = []
        for rule in self._rules:
            if not (rule.fault.end and any(fault.end for fault in taken)) and rule.take(record):
                taken.append(rule.fault)
        record.faults = tuple(fault.name for fault in taken)
        return taken

    async def _forward(self, record: Record, path: str, headers: CIMultiDict[str], body: bytes) -> web.Response:
        if not path.startswith(f"{self._prefix}/"):
            return web.Response(status=404, text="Nothing lies here.")
        url = URL(self._upstream + path.removeprefix(self._prefix), encoded=True)
        record.asking = True
        try:
            content = io.BytesIO(body) if body else None  # aiohttp warns of large bytes
            sent = self._session.request(record.method, url, headers=headers, data=content, allow_redirects=False)
            async with sent as answered:
                told = await answered.read()
        except aiohttp.ClientError as error:
            return web.Response(status=502, text=f"The fault proxy got no answer from {self._upstream}: {error}")
        finally:
            record.asking = False
        record.upstream_status = answered.status
        self._changed.set()
        # Only the answer to HEAD tells the length of a body that it does not have.
        kept = _end_to_end(answered.headers, length=record.method == "HEAD")
        return web.Response(status=answered.status, headers=kept, body=told)

    async def _cut(self, request: web.Request, record: Record, told: web.Response, end: str) -> web.StreamResponse:
        response: web.StreamResponse = told
        if end == "hang":
            await self._stopped.wait()
        if end == "cut midway" and isinstance(told.body, bytes) and told.body:
            record.status = told.status
            response = web.StreamResponse(status=told.status, headers=told.headers)
            response.content_length = len(told.body)
            await response.prepare(request)
            await response.write(told.body[: len(told.body) // 2])
        if request.transport and end == "reset":
            # Closing with no time to linger is what makes the kernel send RST in place of FIN.
            linger = struct.pack("ii", 1, 0)
            request.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        if request.transport:
            request.transport.close()
        # aiohttp wants a response, finds that it cannot write it any more and gives up without a word.
        return response


@asynccontextmanager
async def fault_proxy(upstream: str, prefix: str = "") -> AsyncGenerator[FaultProxy]:
    """Listen on a free local port and pass everything to `upstream`, within the caller's event loop.

    With a `prefix`, as where Kitsu lies below one (`/kitsu`), only what begins so, and without it.
    """
    async with aiohttp.ClientSession(
        auto_decompress=False,
        connector=aiohttp.TCPConnector(force_close=True),  # never one that Zou is about to close for idleness
        cookie_jar=aiohttp.DummyCookieJar(),
        middlewares=[_send_once],
        skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
        timeout=aiohttp.ClientTimeout(total=None),
    ) as session:
        proxy = FaultProxy(upstream, session, prefix)
        await proxy.start()
        try:
            yield proxy
        finally:
            await proxy.stop()


async def _send_once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    # aiohttp sends an idempotent request again when the connection breaks, unless the error is of another class;
    # a proxy that did so would itself repeat the writes it is there to count.
    try:
        return await handler(request)
    except aiohttp.ClientConnectionError as error:
        raise aiohttp.ClientError(str(error)) from error


def _end_to_end(headers: CIMultiDictProxy[str], *, length: bool = False) -> CIMultiDict[str]:
    # What is left out speaks of one connection only, or is counted anew; Expect is answered by the proxy itself.
    left_out = {"connection", "expect", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}
    left_out |= set() if length else {"content-length"}
    return CIMultiDict((name, value) for name, value in headers.items() if name.lower() not in left_out)


def _matches(seen: Record, method: MethodMatch, path: PathMatch) -> bool:
    pattern = path if isinstance(path, re.Pattern) else re.compile(re.escape(path or ""))
    methods = {method} if isinstance(method, str) else method
    return (methods is None or seen.method in methods) and bool(pattern.search(seen.path))


def _parsed(body: object) -> Any:
    try:
        return json.loads(body) if isinstance(body, bytes) else None
    except ValueError:
        return None
