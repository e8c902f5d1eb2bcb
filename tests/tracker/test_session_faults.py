"""What goes wrong on the wire while reading: tried again a little, then one clear error without a secret in it."""

from __future__ import annotations

import logging
import time
import traceback
from typing import TYPE_CHECKING, Any

import pytest

from kitsu_sandbox import web
from kitsu_tools.tracker.errors import KitsuError
from support.client import connected, opened
from support.faults import FaultProxy, answer, cut_before, cut_midway, fault_proxy, hang, lose_answer, read_seconds

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection, Sandbox
    from support.client import Agent, Mode
    from support.faults import Fault

pytestmark = pytest.mark.anyio

PAGE = "<html><body>Please sign in</body></html>"
AT_ONCE = {"Retry-After": "0"}
BROKEN: dict[str, tuple[Fault, str]] = {
    "429": (answer(429, {}, AT_ONCE), "Kitsu at {host} asks to slow down (429). Try again later."),
    "503": (answer(503, b"", AT_ONCE), "Kitsu at {host} is not working at the moment (503)."),
    "500": (answer(500, {"message": "Boom"}, AT_ONCE), "not working at the moment (500). Kitsu says: Boom"),
    "502 as a page": (answer(502, PAGE, AT_ONCE, "text/html"), "is not working at the moment (502)."),
    "200 as a page": (answer(200, PAGE, AT_ONCE, "text/html"), "{host} answered 200 without the data Kitsu documents"),
    "empty 200": (answer(200, b""), "{host} answered 200 without the data Kitsu documents, as a proxy's page would."),
    "half a JSON": (answer(200, b'[{"id": '), "{host} answered 200 without the data Kitsu documents"),
    "a redirect": (answer(302, b"", {"Location": "/login"}), "{host} redirects (302): is a sign-in proxy in between"),
    "404 as a page": (answer(404, PAGE, {}, "text/html"), "What answers at {host} is not Kitsu's API"),
    "401 as a page": (
        answer(401, PAGE, {}, "text/html"),
        "What answers at {host} is not Kitsu's API (401 with no JSON",
    ),
    "403 as a page": (
        answer(403, PAGE, {}, "text/html"),
        "What answers at {host} is not Kitsu's API (403 with no JSON",
    ),
    "cut before": (cut_before(), "No answer from Kitsu at {host}: the connection broke off."),
    "reset": (cut_before(reset=True), "No answer from Kitsu at {host}: the connection broke off."),
    "a lost answer": (lose_answer(), "No answer from Kitsu at {host}: the connection broke off."),
    "cut midway": (cut_midway(), "No answer from Kitsu at {host}: the connection broke off."),
    "a hang": (hang(), "No answer from Kitsu at {host}: it did not answer in time."),
}
WRONG_SHAPES: dict[str, Any] = {"an object": {"error": "no"}, "a list": ["no"], "text": "no", "a number": 7}


@pytest.fixture
async def proxy(kitsu: Connection) -> AsyncGenerator[FaultProxy]:
    async with fault_proxy(kitsu.event_host) as proxy:
        yield proxy


def behind(proxy: FaultProxy, kitsu: Connection, **more: Any) -> Any:
    return connected(kitsu, host=f"{proxy.url}/api", **more)


@pytest.mark.parametrize("name", BROKEN)
async def test_what_passes_by_itself_is_never_noticed(kitsu: Connection, proxy: FaultProxy, name: str) -> None:
    fault, _ = BROKEN[name]
    proxy.fault(fault, path="/data/projects/open")
    client: Agent
    async with behind(proxy, kitsu, KITSU_READ_SECONDS=read_seconds(fault)) as client:
        if name == "a hang":
            # The first try took all the time there was for reading.
            text = await client.refusal("list_projects")
            assert "it did not answer in time" in text
        assert (await client.ask("list_projects"))["total"] == 2
    assert proxy.count(path_contains="/data/projects/open") == 2


@pytest.mark.parametrize("name", BROKEN)
async def test_what_does_not_pass_is_one_clear_error_after_at_most_three_tries(
    kitsu: Connection, proxy: FaultProxy, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    fault, message = BROKEN[name]
    proxy.fault(fault, path="/data/projects/open", times=None)
    async with behind(proxy, kitsu, KITSU_READ_SECONDS=read_seconds(fault)) as client:
        text = await client.refusal("list_projects")
    assert message.format(host=f"{proxy.url}/api") in text
    assert text.count("\n") == 0
    assert 1 <= proxy.count(path_contains="/data/projects/open") <= 3
    token = kitsu.token("manager").strip()
    assert token not in text
    assert token not in caplog.text


@pytest.mark.parametrize("shape", WRONG_SHAPES)
@pytest.mark.parametrize("path", ["/data/projects/open", "/shots/with-tasks", "/data/task-types"])
async def test_json_of_another_shape_is_one_clear_error(
    kitsu: Connection, proxy: FaultProxy, shape: str, path: str
) -> None:
    proxy.fault(answer(200, WRONG_SHAPES[shape], {"ETag": '"1"'}), path=path, times=None)
    async with behind(proxy, kitsu) as client:
        text = await client.refusal("list_shots", under="Salt Harbour")
    assert "Kitsu" in text
    assert "KITSU_HOST" in text or "without the data Kitsu documents" in text


@pytest.mark.parametrize("status", [400, 403, 500])
async def test_a_secret_that_a_refusal_repeats_shows_nowhere(
    kitsu: Connection, proxy: FaultProxy, tmp_path: Path, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    caplog.set_level(logging.DEBUG)
    file, token = tmp_path / "headers", kitsu.token("manager").strip()
    file.write_text("X-Pass: in-the-file-8d1f\nCookie: pass=in-the-cookie-8d1f; also=1")
    password, others = "with  two blanks 8d1f", ["in-the-file-8d1f", "in-the-cookie-8d1f"]
    person = {"KITSU_BOT_TOKEN": "", "KITSU_LOGIN": "ville@example.com", "KITSU_PASSWORD": password}
    refusals: list[KitsuError] = []
    for own, given in ((token, {}), (password, person)):
        repeated = {"message": f"Bad {own}: {' '.join(others)}"}
        rule = proxy.fault(answer(status, repeated, AT_ONCE), times=None)
        async with opened(kitsu, host=proxy.url, KITSU_HEADERS_FILE=str(file), **given) as tracker:
            for asking in (tracker.session.read("data/tasks"), tracker.session.write("POST", "data/tasks", {}, 201)):
                with pytest.raises(KitsuError, match="Kitsu says: Bad …: … …") as refused:
                    await asking
                refusals.append(refused.value)
        rule.remove()
    shown = [caplog.text, *("".join(traceback.format_exception(one)) for one in refusals)]
    assert [text for text in shown for secret in (token, password, *others) if secret in text] == []


async def test_nothing_changed_is_no_answer_to_who_holds_nothing(kitsu: Connection, proxy: FaultProxy) -> None:
    proxy.fault(answer(304), path="/data/projects/open", times=None)
    async with behind(proxy, kitsu) as client:
        text = await client.refusal("list_projects")
    assert f"{proxy.url}/api answered 304 without the data Kitsu documents" in text


async def test_no_cookie_is_kept(kitsu: Connection, proxy: FaultProxy) -> None:
    proxy.fault(answer(200, {}, {"Set-Cookie": "pass=old; Path=/"}), times=None)
    # Of a name, not of an address: cookies of the latter never are kept.
    async with opened(kitsu, host=proxy.url.replace("127.0.0.1", "localhost")) as tracker:
        for _ in range(2):
            await tracker.session.read("data/tasks")
    assert [one.headers.get("Cookie") for one in proxy.requests] == [None, None]


@pytest.mark.parametrize("host", ["http://kitsu..example", f"http://{'k' * 64}.example"])
async def test_a_host_that_can_be_no_name_is_named(kitsu: Connection, host: str) -> None:
    async with connected(kitsu, host=host) as client:
        text = await client.refusal("list_projects")
    assert text == f"No answer from Kitsu at {host}/api: the name does not resolve; check KITSU_HOST."


async def test_a_wait_that_kitsu_asks_for_is_kept(kitsu: Connection, proxy: FaultProxy) -> None:
    proxy.fault(answer(429, {}, {"Retry-After": "1"}), path="/data/projects/open")
    async with behind(
        proxy,
        kitsu,
    ) as client:
        began = time.monotonic()
        await client.ask("list_projects")
    assert time.monotonic() - began >= 1


async def test_a_server_that_was_away_is_found_again(kitsu: Connection, proxy: FaultProxy, era: Mode) -> None:
    async with behind(proxy, kitsu, mode=era) as client:
        first = await client.ask("list_shots", under="Salt Harbour/SQ010")
        await proxy.stop()
        text = await client.refusal("list_shots", under="Salt Harbour/SQ010")
        assert text.startswith(f"No answer from Kitsu at {proxy.url}/api: the connection was refused; see that Kitsu ")
        await proxy.start()
        assert await client.ask("list_shots", under="Salt Harbour/SQ010") == first


async def test_zou_may_stop_and_start_in_mid_session(sandbox: Sandbox, kitsu: Connection) -> None:
    async with connected(kitsu) as client:
        first = await client.ask("list_shots", under="Salt Harbour/SQ010")
        web.stop(sandbox.state)
        try:
            text = await client.refusal("list_shots", under="Salt Harbour/SQ010")
            assert text.startswith(f"No answer from Kitsu at {kitsu.host}: ")
        finally:
            sandbox.up()
        assert await client.ask("list_shots", under="Salt Harbour/SQ010") == first


async def test_a_failure_while_a_board_is_read_leaves_no_half_of_it(kitsu: Connection, proxy: FaultProxy) -> None:
    proxy.fault(answer(503, b"", AT_ONCE), path="/data/assets/with-tasks", times=3)
    async with behind(proxy, kitsu) as client:
        assert "503" in await client.refusal("get_project", project="Salt Harbour")
        async with connected(kitsu) as plain:
            assert await client.ask("get_project", project="Salt Harbour") == await plain.ask(
                "get_project", project="Salt Harbour"
            )


async def test_a_host_that_does_not_exist_or_speaks_no_http_is_named(kitsu: Connection, proxy: FaultProxy) -> None:
    async with connected(kitsu, host="http://kitsu.invalid") as client:
        text = await client.refusal("list_projects")
        assert text == (
            "No answer from Kitsu at http://kitsu.invalid/api: the name does not resolve; check KITSU_HOST."
        )
    async with connected(kitsu, host=proxy.url.replace("http:", "https:")) as client:
        text = await client.refusal("list_projects")
        assert text.startswith(f"No answer from Kitsu at {proxy.url.replace('http:', 'https:')}/api: ")
