"""An answer ends: by its size, by its time, and where it is cut, whatever stands there in Kitsu's place."""

from __future__ import annotations

import asyncio
import tracemalloc
import zlib
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from kitsu_tools.tracker.errors import KitsuError, LostAnswer, TooLarge, Unreachable
from support.client import opened

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

    from kitsu_sandbox.lifecycle import Connection

    Pieces = Callable[[], AsyncIterator[bytes]]

pytestmark = pytest.mark.anyio

MEGABYTE = 1_000_000
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


async def large_with_its_length() -> AsyncIterator[bytes]:
    yield HEAD + b"Content-Length: 200000000\r\n\r\n["
    for _ in range(200):
        yield b" " * MEGABYTE


async def large_in_chunks() -> AsyncIterator[bytes]:
    yield CHUNKED
    for _ in range(200):
        yield b"%x\r\n%b\r\n" % (MEGABYTE, b" " * MEGABYTE)


async def large_until_it_ends() -> AsyncIterator[bytes]:
    yield HEAD + b"Connection: close\r\n\r\n["
    for _ in range(200):
        yield b" " * MEGABYTE


async def large_when_unpacked() -> AsyncIterator[bytes]:
    packing = zlib.compressobj(wbits=31)
    packed = b"".join([*(packing.compress(b" " * MEGABYTE) for _ in range(200)), packing.flush()])
    yield HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%b" % (len(packed), packed)


async def dripping_body() -> AsyncIterator[bytes]:
    yield CHUNKED
    while True:
        yield b"1\r\n \r\n"
        await asyncio.sleep(0.02)


async def dripping_head() -> AsyncIterator[bytes]:
    yield HEAD
    while True:
        yield b"X: y\r\n"
        await asyncio.sleep(0.02)


async def long_headers() -> AsyncIterator[bytes]:
    yield b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: https://sso.example/?%b\r\n\r\n" % (b"a" * 20_000)


async def cut_in_chunks() -> AsyncIterator[bytes]:
    yield CHUNKED + b"2\r\n[]\r\n"


async def no_http() -> AsyncIterator[bytes]:
    yield b"\x15\x03\x01\x00\x02\x02\x16"


@asynccontextmanager
async def answering(pieces: Pieces) -> AsyncGenerator[tuple[str, list[int]]]:
    """A server that answers every request with these pieces; how many bytes each connection took of it."""
    taken: list[int] = []

    async def answer(asked: asyncio.StreamReader, told: asyncio.StreamWriter) -> None:
        await asked.readuntil(b"\r\n\r\n")
        taken.append(0)
        try:
            async for piece in pieces():
                told.write(piece)
                await told.drain()
                taken[-1] += len(piece)
        except ConnectionError:
            pass
        finally:
            told.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", taken


async def outcome(kitsu: Connection, host: str, method: str, read_seconds: str = "60") -> KitsuError:
    async with opened(kitsu, host=host, KITSU_READ_SECONDS=read_seconds) as tracker:
        session = tracker.session
        asking = session.read("data/tasks") if method == "read" else session.write("POST", "data/tasks", {}, 201)
        with pytest.raises(KitsuError) as refused:
            await asking
    return refused.value


@pytest.mark.parametrize(
    ("pieces", "method"),
    [
        (large_with_its_length, "read"),
        (large_in_chunks, "read"),
        (large_in_chunks, "write"),
        (large_until_it_ends, "read"),
        (large_when_unpacked, "read"),
    ],
)
async def test_200_megabytes_are_refused_before_memory_is_gone(kitsu: Connection, pieces: Pieces, method: str) -> None:
    async with answering(pieces) as (host, taken):
        tracemalloc.start()  # a process's own peak would tell of the first case alone
        refused = await outcome(kitsu, host, method)
        held = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert type(refused) is (TooLarge if method == "read" else LostAnswer)
    assert str(refused).startswith(
        f"The answer has more than 100,000,000 bytes. No Kitsu answers so much at {host}/api: check KITSU_HOST."
    )
    assert len(taken) == 1
    assert taken[0] < 120 * MEGABYTE
    assert held < 180 * MEGABYTE


@pytest.mark.parametrize(("pieces", "method"), [(dripping_body, "read"), (dripping_head, "write")])
async def test_an_answer_that_never_ends_is_given_up(kitsu: Connection, pieces: Pieces, method: str) -> None:
    async with asyncio.timeout(30), answering(pieces) as (host, _):
        refused = await outcome(kitsu, host, method, read_seconds="0.1")
    assert type(refused) is (Unreachable if method == "read" else LostAnswer)
    assert "it did not answer in time" in str(refused)


async def test_a_redirect_as_long_as_sign_in_proxies_make_them_is_one(kitsu: Connection) -> None:
    async with answering(long_headers) as (host, _):
        refused = await outcome(kitsu, host, "read")
    assert "It wants to send us to https://sso.example/, where nothing was sent." in str(refused)


@pytest.mark.parametrize("method", ["read", "write"])
@pytest.mark.parametrize("pieces", [cut_in_chunks, no_http], ids=lambda one: one.__name__)
async def test_half_an_answer_is_none(kitsu: Connection, pieces: Pieces, method: str) -> None:
    async with answering(pieces) as (host, taken):
        refused = await outcome(kitsu, host, method)
    assert type(refused) is (Unreachable if method == "read" else LostAnswer)
    assert len(taken) == (3 if method == "read" else 1)
    assert ("does not speak HTTP" if pieces is no_http else "the connection broke off") in str(refused)
