"""A wire between a client and a server that can be cut, go dead without a word, or be plugged in again.

async with wire("http://127.0.0.1:5000") as between:
    ...  # the client talks to between.url, WebSockets too
    between.cut()
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncGenerator


@dataclass
class Wire:
    """`made` counts the connections. `dead`: what is sent either way goes nowhere, and nobody is told; `refuses`: a new
    connection is closed at once; `silences_websockets`: one is taken, and nothing comes through it.
    """

    upstream: str
    url: str = ""
    made: int = 0
    dead: bool = False
    silences_websockets: bool = False
    refuses: bool = False
    _writers: set[asyncio.StreamWriter] = field(default_factory=set[asyncio.StreamWriter])

    def cut(self) -> None:
        """Break every connection that stands."""
        for writer in self._writers:
            writer.transport.abort()

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.made += 1
        to = urlsplit(self.upstream)
        if self.refuses:
            writer.transport.abort()
            return
        there, back = await asyncio.open_connection(to.hostname, to.port)
        ours = {writer, back}
        self._writers |= ours
        try:
            await asyncio.gather(self._pass(reader, back), self._pass(there, writer))
        finally:
            self._writers -= ours
            for one in ours:
                one.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        silent = False
        with suppress(OSError):
            while data := await reader.read(65_536):
                if not (self.dead or silent):
                    writer.write(data)
                    await writer.drain()
                silent = silent or (self.silences_websockets and data.startswith(b"HTTP/1.1 101"))
        if not self.dead:
            writer.close()


@asynccontextmanager
async def wire(upstream: str, tls: ssl.SSLContext | None = None) -> AsyncGenerator[Wire]:
    """Listen on a free local port, behind TLS where that is given, and pass all bytes on to `upstream`, an address."""
    between = Wire(upstream)
    server = await asyncio.start_server(between.take, "127.0.0.1", 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    between.url = f"https://localhost:{port}" if tls else f"http://127.0.0.1:{port}"
    try:
        yield between
    finally:
        server.close()
        between.cut()
