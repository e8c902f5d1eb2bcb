"""No credential follows a redirect, wherever it stands, and Kitsu is found below a path as well as at a root."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import aiohttp
import pytest

from kitsu_server import doctor
from kitsu_tools.tracker.errors import KitsuError, LostAnswer, Unavailable
from support.client import opened, settings
from support.faults import answer, fault_proxy

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection
    from support.faults import FaultProxy

pytestmark = pytest.mark.anyio

SECRET = "quite-secret-8d1f"
TOKENS = {"login": True, "access_token": SECRET, "refresh_token": SECRET, "version": "1.0.97"}


@pytest.fixture
async def proxy(kitsu: Connection) -> AsyncGenerator[FaultProxy]:
    async with fault_proxy(kitsu.event_host) as proxy:
        yield proxy


@pytest.fixture
async def elsewhere(kitsu: Connection) -> AsyncGenerator[FaultProxy]:
    """Another server, which would take every password and hand out tokens."""
    async with fault_proxy(kitsu.event_host) as elsewhere:
        elsewhere.fault(answer(200, TOKENS), times=None)
        yield elsewhere


def with_password(kitsu: Connection) -> dict[str, str]:
    return {"KITSU_BOT_TOKEN": "", "KITSU_LOGIN": "ville@example.com", "KITSU_PASSWORD": kitsu.password}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_nothing_goes_where_a_redirect_points(
    kitsu: Connection, proxy: FaultProxy, elsewhere: FaultProxy, tmp_path: Path, status: int
) -> None:
    headers = tmp_path / "headers"
    headers.write_text(f"X-Pass: {SECRET}")
    more = {"KITSU_HEADERS_FILE": str(headers), "KITSU_READ_SECONDS": "60"}
    refusals: list[KitsuError] = []

    def redirect(path: str) -> None:
        place = f"{elsewhere.url.replace('://', f'://me:{SECRET}@')}{path}?code={SECRET}#{SECRET}"
        proxy.fault(answer(status, b"{}", {"Location": place}), path=re.compile(f"^{path}$"), times=None)

    async def note(asking: Awaitable[object]) -> None:
        try:
            await asking
        except KitsuError as refusal:
            refusals.append(refusal)
        assert elsewhere.requests == []

    async with opened(kitsu, host=proxy.url, **with_password(kitsu), **more) as tracker:
        client = await tracker.session.open()
        redirect("/api/auth/refresh-token")
        await note(client.refreshed())
        with pytest.raises(aiohttp.ClientError, match="Nothing is sent to"):
            await client.refresh_access_token()  # gazu's own way
        assert elsewhere.requests == []
    redirect("/api/auth/login")
    async with opened(kitsu, host=proxy.url, **with_password(kitsu), **more) as tracker:
        await note(tracker.session.open())
    redirect("/api/data/projects/open")
    redirect("/api/data/tasks")
    async with opened(kitsu, host=proxy.url, **more) as tracker:
        await note(tracker.session.read("data/projects/open"))
        await note(tracker.session.write("POST", "data/tasks", {}, 201))
    assert [type(one) for one in refusals] == [Unavailable, Unavailable, Unavailable, LostAnswer]
    redirect("/api/")
    redirect("/api/config")
    chosen = settings(KITSU_HOST=proxy.url, KITSU_BOT_TOKEN=SECRET, KITSU_JOURNAL=str(tmp_path / "journal"), **more)
    found = {one.about: one async for one in doctor.examine(chosen)}

    assert elsewhere.requests == []
    for text in [*map(str, refusals), found["reachability"].said]:
        assert f"redirects ({status}) to {elsewhere.url}/api/" in text
        assert f"where nothing was sent. If that is your Kitsu, set KITSU_HOST to {elsewhere.url}." in text
        assert SECRET not in text


async def test_kitsu_below_a_path_answers_everything(kitsu: Connection, tmp_path: Path) -> None:
    async with fault_proxy(kitsu.event_host, "/studio/kitsu") as proxy:
        async with opened(kitsu, host=proxy.url, **with_password(kitsu)) as tracker:
            assert await tracker.session.read("data/projects/open")
            with pytest.raises(KitsuError, match="Kitsu"):
                await tracker.session.write("POST", "data/tasks", {}, 201)
        chosen = settings(
            KITSU_HOST=f"{proxy.url}/api/", KITSU_BOT_TOKEN=kitsu.token("supervisor"), KITSU_JOURNAL=str(tmp_path / "j")
        )
        found = {one.about: one async for one in doctor.examine(chosen)}
        assert {one.level for one in found.values()} == {"well"}
        assert found["event stream"].said.startswith("connected by polls")
        assert {request.path.partition("/kitsu/")[0] for request in proxy.requests} == {"/studio"}
        assert not [request.path for request in proxy.requests if request.status == 404]
