"""What every page that is served on this machine has in common: the web server, what it takes of a request, and how a
page is made.
"""

import re
import secrets
import socket
from asyncio import Transport
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import anyio
import uvicorn
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from kitsu_tools.gate.text import in_one_line
from kitsu_tools.tracker.addresses import relative

HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # `no-referrer` would have browsers send "Origin: null" with the form; to others neither sends anything.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
MOST_CONNECTIONS = 64
REQUEST_SECONDS = 10.0


class TooLong(Exception):
    """A request's body has more bytes than it may."""


class _Server(uvicorn.Server):
    """uvicorn as a guest: signals are the MCP server's own."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Capture none."""
        yield


class _Hurried(H11Protocol):
    """Hangs up on whoever has not sent a whole request after a while: uvicorn waits for ever (seen on 0.54)."""

    seconds = REQUEST_SECONDS

    def connection_made(self, transport: Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]  uvicorn narrows it too
        super().connection_made(transport)
        self.loop.call_later(self.seconds, self._hang_up_or_wait)

    def _hang_up_or_wait(self) -> None:
        if not self.cycle or self.cycle.response_complete or self.cycle.more_body:
            self.transport.close()
        elif not self.transport.is_closing():
            self.loop.call_later(self.seconds, self._hang_up_or_wait)


@asynccontextmanager
async def served(
    application: ASGIApp, listening: socket.socket, *, request_seconds: float = REQUEST_SECONDS
) -> AsyncGenerator[None]:
    """Serve it, as long as the block, on a socket that listens already. Nothing is logged: a log would hold paths."""
    quiet: dict[str, Any] = {"log_config": None, "log_level": "critical", "access_log": False}
    plain: dict[str, Any] = {"lifespan": "off", "ws": "none", "server_header": False, "proxy_headers": False}
    bounds: dict[str, Any] = {"limit_concurrency": MOST_CONNECTIONS, "timeout_graceful_shutdown": 1}
    protocol = type("Hurried", (_Hurried,), {"seconds": request_seconds})
    server = _Server(uvicorn.Config(application, http=protocol, **quiet, **plain, **bounds))

    async def serve() -> None:
        with anyio.CancelScope(shield=True):  # uvicorn, when cancelled, leaves its sockets open
            await server.serve([listening])

    async with anyio.create_task_group() as group:
        group.start_soon(serve)
        try:
            yield
        finally:
            server.should_exit = True


def asked_by_own_name(request: Request) -> bool:
    """Whether it was asked for by our own name: a name of others that points here is their page's way in."""
    port = request.scope["server"][1]
    return request.headers.getlist("host") in ([f"127.0.0.1:{port}"], [f"localhost:{port}"])


async def body_of(request: Request, most_bytes: int) -> bytes:
    """A request's body.

    Raises:
        TooLong: it has more bytes, or says so; the rest is not read.
    """
    said = request.headers.get("content-length", "")
    if said.isdecimal() and int(said) > most_bytes:
        raise TooLong
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > most_bytes:
            raise TooLong
    return body


def rendered(template: str, status: int, **values: object) -> Response:
    """A page that loads nothing from anywhere and that nothing may frame."""
    nonce = secrets.token_urlsafe(16)
    rules = {
        "default-src": "'none'",
        "style-src": f"'nonce-{nonce}'",
        "script-src": f"'nonce-{nonce}'",
        "connect-src": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
    }
    policy = "; ".join(f"{name} {value}" for name, value in rules.items())
    body = _TEMPLATES.get_template(template).render(nonce=nonce, **values)
    return HTMLResponse(body, status, HEADERS | {"Content-Security-Policy": policy})


def _in_one_line(value: object) -> object:
    return in_one_line(value) if isinstance(value, str) and not isinstance(value, Markup) else value


_TEMPLATES = Environment(
    loader=PackageLoader("kitsu_server.pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    # Whatever Kitsu's people wrote goes in as one visible line; what is marked safe was prepared.
    finalize=_in_one_line,
)


def _as_it_is(value: str) -> Markup:
    return Markup(escape(value))  # noqa: S704  escaped right here


def _place(address: str, project: str) -> Markup:
    """An address within the production, which may be broken where its parts begin."""
    return Markup("<wbr>").join(re.split(r"(?<=[/:])", in_one_line(relative(address, project))))


_FILTERS: dict[str, Any] = {"as_it_is": _as_it_is, "place": _place}
_TEMPLATES.filters.update(_FILTERS)
