"""Proxies on the way to Kitsu: which one is asked, what is said when it fails, and that ~/.netrc has no say in it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from kitsu_tools.tracker.errors import KitsuError, Unreachable
from support.client import opened
from support.faults import FaultProxy, answer, fault_proxy

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from kitsu_server.sandbox.lifecycle import Connection

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


async def test_a_proxy_of_another_kind_is_named(kitsu: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"socks5://me:{SECRET}@proxy.example:1080")
    text = await refusal(kitsu, NOWHERE)
    assert "not through the proxy socks5://proxy.example:1080, from HTTP_PROXY or this machine's settings." in text
    assert SECRET not in text
