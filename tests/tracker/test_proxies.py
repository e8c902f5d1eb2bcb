"""What stands between us and Kitsu: proxies on the way, and those in front of it that want headers of their own."""

from __future__ import annotations

import asyncio
import logging
import os
import traceback
from typing import TYPE_CHECKING

import pytest

from kitsu_server import doctor
from kitsu_tools.tracker.connection import Network
from kitsu_tools.tracker.errors import KitsuError, NotConfigured, Unreachable
from kitsu_tools.tracker.proxies import in_no_proxy
from support.client import opened, settings
from support.faults import FaultProxy, answer, fault_proxy

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection

pytestmark = pytest.mark.anyio

SECRET = "quite-secret-8d1f"
NOWHERE = "http://kitsu.invalid"


@pytest.fixture(autouse=True)
def no_proxy_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
async def proxy(kitsu: Connection) -> AsyncGenerator[FaultProxy]:
    """A proxy that answers everything itself."""
    async with fault_proxy(kitsu.event_host) as proxy:
        proxy.fault(answer(200, {"from": "the proxy"}), times=None)
        yield proxy


async def reads(kitsu: Connection, host: str | None = None, **environment: str) -> object:
    async with opened(kitsu, host=host, KITSU_READ_SECONDS="1", **environment) as tracker:
        return await tracker.session.read("auth/authenticated")


async def refusal(kitsu: Connection, host: str, **environment: str) -> str:
    with pytest.raises(KitsuError) as refused:
        await reads(kitsu, host, **environment)
    return str(refused.value)


@pytest.mark.parametrize("variable", ["NETRC", "HOME"])
async def test_a_netrc_is_left_alone(
    kitsu: Connection, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str
) -> None:
    file = tmp_path / ".netrc"
    file.write_text("default login x password y\n")
    file.chmod(0o600)
    monkeypatch.setenv(variable, str(file if variable == "NETRC" else tmp_path))
    found = await reads(kitsu)
    assert isinstance(found, dict)
    assert "user" in found


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy"])
async def test_the_machines_proxy_is_asked_with_or_without_a_scheme(
    kitsu: Connection, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for address in (proxy.url, proxy.url.removeprefix("http://")):
        monkeypatch.setenv(name, address)
        assert await reads(kitsu, NOWHERE) == {"from": "the proxy"}
    assert [one.path for one in proxy.requests] == [f"{NOWHERE}/api/auth/authenticated"] * 2


async def test_a_host_in_no_proxy_is_asked_directly_unless_the_setting_names_a_proxy(
    kitsu: Connection, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    monkeypatch.setenv("NO_PROXY", "studio.example,127.0.0.1")
    assert await reads(kitsu) != {"from": "the proxy"}
    assert await reads(kitsu, KITSU_PROXY=proxy.url) == {"from": "the proxy"}


@pytest.mark.parametrize(
    ("host", "no_proxy", "direct"),
    [
        ("127.0.0.1", "10.0.0.0/8 , 127.0.0.0/8", True),
        ("10.1.2.3", "10.0.0.0/8", True),
        ("10.1.2.3", "10.1.2.9/24 192.168.0.0/16", True),
        ("11.1.2.3", "10.0.0.0/8", False),
        ("10.1.2.3", "10.0.0.0/33,10.0.0.0/", False),
        ("fd00::7", "fd00::/8", True),
        ("fd00::7", "[fd00::]/8", True),
        ("fe80::7", "fd00::/8", False),
        ("::1", "::1", True),
        ("::1", "[::1]", True),
        ("::1", "0:0:0:0:0:0:0:1", True),
        ("::1", "[::1]:8080", True),
        ("::1", "[::1]:81", False),
        ("::1", "127.0.0.0/8", False),
        ("127.0.0.1", "0.0.1,.1", False),
        ("kitsu.example.com", ".example.com", True),
        ("kitsu.example.com", "example.com", True),
        ("kitsu.example.com", "EXAMPLE.com.", True),
        ("kitsu.example.com.", "*.example.com", True),
        ("badexample.com", "example.com", False),
        ("kitsu.example.com", "kitsu.example.com:8080", True),
        ("kitsu.example.com", "kitsu.example.com:443", False),
        ("kitsu.example.com", "10.0.0.0/8", False),
        ("kitsu.example.com", "studio.lan, *", True),
        ("kitsu.example.com", " ,, . ,:8080", False),
    ],
)
def test_no_proxy_is_read_as_curl_reads_it(host: str, no_proxy: str, direct: bool) -> None:
    assert in_no_proxy(host, 8080, no_proxy) is direct


@pytest.mark.parametrize("name", ["NO_PROXY", "no_proxy"])
async def test_a_range_in_no_proxy_is_asked_directly(
    kitsu: Connection, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    monkeypatch.setenv(name, "10.0.0.0/8,127.0.0.0/8")
    assert await reads(kitsu) != {"from": "the proxy"}


async def test_a_proxy_for_https_is_not_asked_for_http(
    kitsu: Connection, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    assert await reads(kitsu) != {"from": "the proxy"}


async def test_a_proxy_that_cannot_be_reached_is_named_without_its_password(
    kitsu: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = await refusal(kitsu, NOWHERE, KITSU_PROXY=f"http://me:{SECRET}@127.0.0.1:9")
    assert text == (
        f"No answer from Kitsu at {NOWHERE}/api: the proxy http://127.0.0.1:9, from KITSU_PROXY, cannot be reached."
    )
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.invalid:3128")
    assert await refusal(kitsu, NOWHERE) == (
        f"No answer from Kitsu at {NOWHERE}/api: the name of the proxy http://proxy.invalid:3128, from HTTP_PROXY or "
        "this machine's settings, does not resolve."
    )


@pytest.mark.parametrize(
    ("status", "said"),
    [(407, "wants a user name and a password"), (403, "does not let the request through (403)")],
)
async def test_a_proxy_that_opens_no_way_is_not_taken_for_kitsu_and_no_write_for_lost(
    kitsu: Connection, monkeypatch: pytest.MonkeyPatch, status: int, said: str
) -> None:
    async def refuse(asked: asyncio.StreamReader, told: asyncio.StreamWriter) -> None:
        await asked.readuntil(b"\r\n\r\n")
        told.write(f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n".encode())
        await told.drain()
        told.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        monkeypatch.setenv("HTTPS_PROXY", address)
        text = await refusal(kitsu, "https://kitsu.invalid")
        async with opened(kitsu, host="https://kitsu.invalid") as tracker:
            with pytest.raises(Unreachable):
                await tracker.session.write("POST", "data/tasks", {}, 201)
    assert f"the proxy {address}, from HTTPS_PROXY or this machine's settings, {said}" in text


async def test_a_password_that_a_proxy_wants_is_asked_for(kitsu: Connection) -> None:
    async with fault_proxy(kitsu.event_host) as refusing:
        refusing.fault(answer(407, "", content_type="text/html"), times=None)
        text = await refusal(kitsu, NOWHERE, KITSU_PROXY=refusing.url)
    assert "wants a user name and a password (407). Write them into KITSU_PROXY or HTTP_PROXY" in text


@pytest.mark.parametrize(
    "address",
    [
        f"http://me:{SECRET}/x@proxy.example:3128",
        f"me:{SECRET}?x@proxy.example:3128",
        f"http:/me:{SECRET}@proxy.example:3128",
        f"http://me:{SECRET}@proxy.example:99999",
        f"http://me:{SECRET}€@proxy.example:3128",
        f"http://me:{SECRET}@proxy..example:3128",
        "http://[proxy:3128",
        ":3128",
    ],
)
async def test_what_is_no_proxy_is_told_without_its_password(
    kitsu: Connection, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("HTTP_PROXY", address)
    async with opened(kitsu, host=NOWHERE) as tracker:
        with pytest.raises(NotConfigured) as refused:
            await tracker.session.write("POST", "data/tasks", {}, 201)
    said = str(refused.value)
    assert said.startswith("Of HTTP_PROXY or this machine's settings: this is not the address of a proxy. Write http:/")
    assert SECRET not in said
    with pytest.raises(ValueError, match="KITSU_PROXY") as invalid:
        settings(KITSU_PROXY=address)
    assert SECRET not in str(invalid.value)


async def test_a_proxy_that_opens_no_way_is_given_up_and_nothing_was_sent(kitsu: Connection) -> None:
    async def keep_silent(asked: asyncio.StreamReader, told: asyncio.StreamWriter) -> None:
        await asked.read()
        told.close()

    async with await asyncio.start_server(keep_silent, "127.0.0.1", 0) as server:
        address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        short = {"KITSU_PROXY": address, "KITSU_READ_SECONDS": "0.2", "KITSU_CONNECT_SECONDS": "0.2"}
        async with asyncio.timeout(1.5), opened(kitsu, host="https://kitsu.invalid", **short) as tracker:
            with pytest.raises(Unreachable) as refused:
                await tracker.session.write("POST", "data/tasks", {}, 201)
    assert not refused.value.left
    assert f"the proxy {address}, from KITSU_PROXY, opened no way in time." in str(refused.value)


@pytest.mark.parametrize("answered", [b"HTTP/1.1 502 No\r\n\r\n", b"SSH-2.0\r\n\r\n"])
async def test_no_trace_holds_the_password_of_a_proxy(kitsu: Connection, answered: bytes) -> None:
    async def answer_oddly(asked: asyncio.StreamReader, told: asyncio.StreamWriter) -> None:
        await asked.readuntil(b"\r\n\r\n")
        told.write(answered)
        await told.drain()
        told.close()

    async with await asyncio.start_server(answer_oddly, "127.0.0.1", 0) as server:
        address = f"http://me:{SECRET}@127.0.0.1:{server.sockets[0].getsockname()[1]}"
        with pytest.raises(KitsuError) as refused:
            await reads(kitsu, "https://kitsu.invalid", KITSU_PROXY=address)
    assert SECRET not in "".join(traceback.format_exception(refused.value))


async def test_a_proxy_of_another_kind_is_named(kitsu: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"socks5://me:{SECRET}@proxy.example:1080")
    text = await refusal(kitsu, NOWHERE)
    assert "not through the proxy socks5://proxy.example:1080, from HTTP_PROXY or this machine's settings." in text
    assert SECRET not in text


async def test_the_headers_of_a_sign_in_proxy_go_with_every_request_and_show_nowhere(
    kitsu: Connection, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    file = tmp_path / "headers"
    file.write_text(f"# for the proxy\n\nCF-Access-Client-Id:  {SECRET}-id \nCookie: pass={SECRET}; also=1\n")
    given = {"KITSU_HEADERS_FILE": str(file), "KITSU_JOURNAL": str(tmp_path / "journal")}
    person = {"KITSU_BOT_TOKEN": "", "KITSU_LOGIN": "ville@example.com", "KITSU_PASSWORD": kitsu.password}
    async with fault_proxy(kitsu.event_host) as front:
        async with opened(kitsu, host=front.url, **given, **person) as tracker:
            client = await tracker.session.open()
            await tracker.session.read("auth/authenticated")
            assert await client.refreshed()
            with pytest.raises(KitsuError) as refused:
                await tracker.session.write("POST", "data/tasks", {}, 201)
        chosen = settings(KITSU_HOST=front.url, KITSU_BOT_TOKEN=kitsu.token("supervisor"), **given)
        found = {one.about: one async for one in doctor.examine(chosen)}
        asked = {(one.method, one.path.partition("?")[0]) for one in front.requests}
        assert asked >= {
            ("POST", "/api/auth/login"),
            ("GET", "/api/auth/refresh-token"),
            ("GET", "/api/auth/authenticated"),
            ("POST", "/api/data/tasks"),
            ("GET", "/api/config"),
            ("GET", "/socket.io/"),
        }
        for one in front.requests:
            assert one.headers["CF-Access-Client-Id"] == f"{SECRET}-id"
            assert one.headers["Cookie"] == f"pass={SECRET}; also=1"
    assert found["headers"].said == f"2 from {file} go with every request to Kitsu"
    shown = [str(refused.value), caplog.text, repr(chosen), repr(chosen.network), *(one.said for one in found.values())]
    assert all(SECRET not in text for text in shown)


async def test_headers_are_read_again_for_each_request(kitsu: Connection, tmp_path: Path) -> None:
    file = tmp_path / "headers"
    async with (
        fault_proxy(kitsu.event_host) as front,
        opened(kitsu, host=front.url, KITSU_HEADERS_FILE=str(file)) as tracker,
    ):
        with pytest.raises(NotConfigured, match=f"Cannot read the headers file {file}: No such file.*KITSU_HEADERS_F"):
            await tracker.session.write("POST", "data/tasks", {}, 201)
        assert front.requests == []
        for value in ("old", "new"):
            file.write_text(f"X-Pass: {value}")
            await tracker.session.read("auth/authenticated")
    assert [one.headers["X-Pass"] for one in front.requests] == ["old", "new"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (f"A: b\n{SECRET}", "Line 2 of the headers file {file} cannot be used: write Name: value."),
        (f"A: b\n\n# c\n{SECRET} x: y", "Line 4 of the headers file {file} cannot be used: what stands before the "),
        (f'-H "X-Pass: {SECRET}"', "Line 1 of the headers file {file} cannot be used: what stands before the colon"),
        ("X-Pass:", "Line 1 of the headers file {file} cannot be used: its value is empty or holds"),
        (f"X-Pass: {SECRET}\t\x07", "Line 1 of the headers file {file} cannot be used: its value is empty or holds"),
        (f"X-Pass: é{SECRET}", "Line 1 of the headers file {file} cannot be used: its value is empty or holds"),
        (f"authorization: Basic {SECRET}", "Line 1 of the headers file {file} cannot be used: authorization is set by"),
        (f"HOST: {SECRET}", "HOST is set by the requests themselves."),
        (f"Content-Length: {SECRET}", "Content-Length is set by the requests themselves."),
        (f"If-None-Match: {SECRET}", "If-None-Match is set by the requests themselves."),
        (f"Transfer-Encoding: {SECRET}", "Transfer-Encoding is set by the requests themselves."),
        (f"Proxy-Authorization: {SECRET}", "Proxy-Authorization is set by the requests themselves."),
        (f"X-Pass: {SECRET}\nx-pass: {SECRET}", "Line 2 of the headers file {file} cannot be used: this name stands"),
        ("# nothing\n\n", "The headers file {file} holds no header."),
        ("", "The headers file {file} holds no header."),
    ],
)
def test_a_wrong_header_is_told_by_its_line_and_without_its_value(tmp_path: Path, content: str, said: str) -> None:
    file = tmp_path / "headers"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(NotConfigured) as refused:
        Network(headers_file=file).headers()
    assert said.format(file=file) in str(refused.value)
    assert SECRET not in str(refused.value)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
@pytest.mark.parametrize("setting", ["KITSU_HEADERS_FILE", "KITSU_BOT_TOKEN_FILE", "KITSU_CA_BUNDLE"])
async def test_a_pipe_stops_nothing(kitsu: Connection, tmp_path: Path, setting: str) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    # Held open, so that reading it would block at once and not before it: what blocks here, no time-out ends.
    held = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
    os.write(held, b"X: y\n")
    token = {"KITSU_BOT_TOKEN": ""} if setting == "KITSU_BOT_TOKEN_FILE" else {}
    try:
        text = await refusal(kitsu, "https://127.0.0.1:9", **token, **{setting: str(pipe)})
    finally:
        os.close(held)
    assert f"{pipe}: it is no file but a pipe or a device. Check {setting}." in text


def test_a_headers_file_may_be_of_windows(tmp_path: Path) -> None:
    file = tmp_path / "headers"
    file.write_bytes("\ufeffX-Pass: a:b\r\nX-Other:c\r\n".encode())
    assert Network(headers_file=file).headers() == {"X-Pass": "a:b", "X-Other": "c"}
    file.write_bytes(b"X-Pass: \xff\xfe")
    with pytest.raises(NotConfigured, match="it is not a text file"):
        Network(headers_file=file).headers()
