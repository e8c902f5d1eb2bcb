"""What a person hands over from Kitsu's menu: what is taken from whom, what they see, and what the agent gets."""

from __future__ import annotations

import json
import os
import socket
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import anyio
import httpx2
import orjson
import pytest
from mcp.types import TextResourceContents
from starlette.applications import Starlette
from starlette.routing import Mount

from kitsu_server.actions.web import LARGEST_SELECTION, MOST_A_MINUTE, application, origins
from kitsu_server.pages.site import served
from kitsu_tools.live.selections import MOST_HELD, MOST_TASKS, Selections
from kitsu_tools.tracker.kitsu import Studio
from kitsu_tools.unseen import first_unseen
from server.test_stdio import STOP_SECONDS, reaching, started
from support.api import ask
from support.client import connected, opened
from support.menu import Menu, free_port, handing_over, listening

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from starlette.requests import Request

    from kitsu_sandbox.lifecycle import Connection
    from support.client import Mode

pytestmark = pytest.mark.anyio

FORM = "application/x-www-form-urlencoded"


def tasks_of(kitsu: Connection, name: str, count: int = 3) -> list[str]:
    """Some tasks of shots of a production, by id."""
    token = kitsu.token("admin")
    project = ask(kitsu.host, f"data/projects?name={name.replace(' ', '%20')}", token).body[0]["id"]
    shots = ask(kitsu.host, f"data/shots/with-tasks?project_id={project}", token).body
    return [task["id"] for shot in shots for task in shot["tasks"]][:count]


@pytest.mark.parametrize("way", ["form", "background"])
async def test_what_kitsu_sends_reaches_the_agent_with_addresses_and_statuses(
    kitsu: Connection, way: str, mode: Mode
) -> None:
    ids = tasks_of(kitsu, "Salt Harbour")
    async with handing_over(kitsu, mode=mode) as (agent, menu):
        nothing = await agent.ask("get_selection")
        assert nothing["notes"] == ["nobody handed over a selection yet; wait_for_selection waits for one"]
        answer = await getattr(menu, way)(ids)
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == menu.origin
        assert answer.headers["access-control-allow-credentials"] == "true"
        found = await agent.ask("get_selection")
        listed = await agent.ask("list_tasks", under=found["under"], limit=1000)
        statuses = {f"{listed['under']}/{task}": status for task, status, *_ in listed["rows"]}
        assert found["total"] == 3
        assert {f"{found['under']}/{task}": status for task, status in found["rows"]}.items() <= statuses.items()
        said = answer.text if way == "form" else answer.json()["said"]
        assert "3 tasks handed over to Test Host" in said
        addresses = [f"{found['under']}/{task}" for task, _ in found["rows"]]
        if way == "form":
            assert all(one in answer.text.replace("<wbr>", "") for one in addresses)
        else:
            assert [one["task"] for one in answer.json()["tasks"]] == addresses
        (content,) = (await agent.mcp.read_resource("kitsu://selection/current")).contents
        assert isinstance(content, TextResourceContents)
        assert orjson.loads(content.text) == found
        assert "theo@example.com" not in f"{found}{answer.text}"


async def test_a_wait_hears_of_it_tells_of_progress_and_can_be_cancelled(kitsu: Connection, mode: Mode) -> None:
    ids = tasks_of(kitsu, "Salt Harbour")
    told: list[float] = []
    waits = anyio.Event()

    async def hear(progress: float, total: float | None, message: str | None) -> None:  # noqa: ARG001
        told.append(progress)
        waits.set()

    async with handing_over(kitsu, mode=mode) as (agent, menu):
        wait = partial(agent.mcp.call_tool, "wait_for_selection", {"seconds": 3600}, progress_callback=hear)
        async with anyio.create_task_group() as group:
            group.start_soon(wait)
            await waits.wait()
            group.cancel_scope.cancel()
        results: list[Any] = []

        async def collect() -> None:
            results.append((await wait()).structured_content)

        waits = anyio.Event()
        with anyio.fail_after(60):
            async with anyio.create_task_group() as group:
                group.start_soon(collect)
                group.start_soon(collect)  # several wait at once
                await waits.wait()
                await menu.form(ids)
        assert [one["number"] for one in results] == [1, 1]
        assert told[0] == 0
        await menu.form(ids[:1])
        assert (await agent.ask("wait_for_selection", seconds=60))["number"] == 2, "it came between two calls"
        late = await agent.ask("wait_for_selection", seconds=1)
        assert late == {"rows": [], "notes": ["nobody handed over a selection in 1 s"]}
        assert (await agent.ask("get_selection"))["notes"] == ["earlier ones: 1"]
        assert (await agent.ask("get_selection", number=1))["total"] == 3
        assert "There are: 1, 2." in await agent.refusal("get_selection", number=9)


async def test_what_another_page_sends_is_refused(kitsu: Connection) -> None:
    ids = tasks_of(kitsu, "Salt Harbour", 1)
    cases = (
        ({"origin": "https://attacker.example"}, 403),
        ({"origin": "http://127.0.0.1:1"}, 403),
        ({"origin": "http://localhost"}, 403),
        ({"origin": "null", "sec_fetch_mode": "no-cors", "sec_fetch_dest": "empty"}, 403),
        ({"origin": "null", "sec_fetch_mode": "navigate", "sec_fetch_dest": "iframe"}, 403),
        ({"host": "kitsu.attacker.example"}, 404),
        ({"host": "127.0.0.1:1"}, 404),
        ({"host": "localhost.attacker.example"}, 404),
    )
    async with handing_over(kitsu) as (agent, menu):
        for headers, status in cases:
            for way in (menu.form, menu.background):
                refused = await way(ids, **headers)
                assert refused.status_code == status, headers
                assert status == 404 or "access-control-allow-origin" not in refused.headers
                assert "SH0" not in refused.text
        asked = {"access-control-request-method": "POST", "access-control-request-headers": "content-type"}
        preflight = await menu.client.options(menu.url, headers={"origin": "https://attacker.example"} | asked)
        assert preflight.status_code == 400
        assert "access-control-allow-origin" not in preflight.headers
        allowed = await menu.client.options(menu.url, headers={"origin": menu.origin} | asked)
        assert allowed.status_code == 200
        assert allowed.headers["access-control-allow-origin"] == menu.origin
        assert (await agent.ask("get_selection"))["rows"] == []


@pytest.mark.parametrize("way", ["a link", "a form of https"])
async def test_what_no_browser_vouches_for_is_shown_first_and_handed_over_by_its_button(
    kitsu: Connection, way: str
) -> None:
    ids = tasks_of(kitsu, "Salt Harbour")
    navigates = {"sec_fetch_mode": "navigate", "sec_fetch_dest": "document"}
    async with handing_over(kitsu) as (agent, menu):
        page = await (menu.look(ids) if way == "a link" else menu.form(ids, origin="null", **navigates))
        assert page.status_code == 200
        assert "Hand 3 tasks over to Test Host?" in page.text
        assert (await agent.ask("get_selection"))["rows"] == []
        selection = page.text.partition('name="selection" value="')[2].partition('"')[0]
        pressed = await menu.form(selection.split(","), origin=menu.url.removesuffix("/kitsu-selection"))
        assert "3 tasks handed over" in pressed.text
        assert (await agent.ask("get_selection"))["total"] == 3


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"", FORM, 400),
        (b"selection=", FORM, 400),
        (b"personid=1", FORM, 400),
        (b"selection=%ff%fe", FORM, 400),
        (b"selection=../../etc/passwd", FORM, 400),
        (b"selection=<script>alert(1)</script>", FORM, 400),
        (b"&".join([b"selection=a"] * 200), FORM, 400),
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"null", "application/json", 400),
        (b'{"selection": {"a": 1}}', "application/json", 400),
        (b'{"selection": [["x"]]}', "application/json", 400),
        (b'{"selection": [1, null]}', "application/json", 400),
        (b'{"selection": "' + b"x" * 300_000 + b'"}', "application/json", 400),
        (b"[" * 200_000, "application/json", 400),
        (b"selection=a", "text/plain", 415),
        (b"selection=a", "multipart/form-data; boundary=x", 415),
        (b"x" * (LARGEST_SELECTION + 1), FORM, 413),
    ],
    ids=lambda one: repr(one)[:40],
)
async def test_junk_is_refused_in_words(kitsu: Connection, body: bytes, content_type: str, status: int) -> None:
    async with opened(kitsu) as tracker:
        selections, port = Selections(), free_port()
        menu = Menu(port, kitsu.host.removesuffix("/api"))
        async with served(application(tracker, selections), socket.create_server(("127.0.0.1", port))), menu.client:
            refused = await menu.send(body, content_type)
            assert refused.status_code == status
            assert "Nothing was handed over" in refused.text
            assert "<script>alert" not in refused.text
        assert not selections.held


async def test_too_much_too_often_and_too_slow_is_refused_and_the_tools_go_on(kitsu: Connection) -> None:
    ids = tasks_of(kitsu, "Salt Harbour", 2)

    async def fifty_megabytes() -> AsyncGenerator[bytes]:
        for _ in range(50):
            yield bytes(1024 * 1024)

    async with handing_over(kitsu) as (agent, menu):
        many = await menu.form([str(uuid4()) for _ in range(10_000)])
        assert many.status_code == 413
        assert f"It has 10,000 tasks; at most {MOST_TASKS:,} go" in many.text
        with suppress(httpx2.TransportError):  # it may hang up before it was told all
            assert (await menu.send(fifty_megabytes(), FORM)).status_code == 413
        for _ in range(MOST_A_MINUTE):
            await menu.look([])
        assert (await menu.look(ids)).status_code == 429
        first, again = await menu.form(ids), await menu.form(ids)
        assert "It is selection 1." in first.text, "what is vouched for has a measure of its own"
        assert "handed over a moment ago already" in again.text
        flooded = [(await menu.form(ids)).status_code for _ in range(MOST_A_MINUTE)]
        assert flooded[-1] == 429
        assert (await agent.ask("get_selection"))["number"] == 1
        assert (await agent.ask("list_projects"))["rows"]


async def test_a_slow_sender_is_hung_up_on_and_keeps_nobody_waiting(kitsu: Connection) -> None:
    async with opened(kitsu) as tracker:
        selections, port = Selections(), free_port()
        listens = socket.create_server(("127.0.0.1", port))
        async with served(application(tracker, selections), listens, request_seconds=0.3):
            for sent in (b"", b"POST /kitsu-selection HTTP/1.1\r\nHost: 127.", _half_a_form(port, kitsu)):
                async with await anyio.connect_tcp("127.0.0.1", port) as slow:
                    await slow.send(sent)
                    with anyio.fail_after(10):
                        assert b"".join([piece async for piece in slow]) == b""


def _half_a_form(port: int, kitsu: Connection) -> bytes:
    head = f"POST /kitsu-selection HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: {kitsu.host.removesuffix('/api')}\r\n"
    return f"{head}Content-Type: {FORM}\r\nContent-Length: 100\r\n\r\nselection=".encode()


async def test_another_persons_id_counts_for_nothing_and_a_session_for_what_kitsu_says_of_it(
    kitsu: Connection,
) -> None:
    theirs = tasks_of(kitsu, "Salt Harbour")
    async with handing_over(kitsu) as (agent, menu):
        await menu.form(theirs)
        assert (await agent.ask("get_selection"))["sent_by"].startswith("nobody known")
        menu.cookies = "access_token_cookie=made.up.token"
        await menu.form(theirs[:2])
        assert (await agent.ask("get_selection"))["sent_by"].startswith("nobody known")
        menu.cookies = f"other=1; access_token_cookie={kitsu.token('manager')}"
        await menu.form(theirs)
        assert (await agent.ask("get_selection"))["sent_by"] == "Manager Bot, as Kitsu says"
        menu.cookies = f"access_token_cookie={kitsu.token('vendor')}"  # who has no task here
        refused = await menu.form(theirs)
        assert refused.status_code == 404
        assert "None of it is a task that Vendor Bot may see" in refused.text
        assert (await agent.ask("get_selection"))["number"] == 3


async def test_tasks_of_productions_that_are_not_there_are_named_as_not_seen(kitsu: Connection) -> None:
    ours, others = tasks_of(kitsu, "Salt Harbour", 2), tasks_of(kitsu, "Robo Garden", 2)
    async with handing_over(kitsu, KITSU_PROJECTS="Salt Harbour") as (agent, menu):
        none = await menu.background(others)
        assert none.status_code == 404
        assert none.json()["tasks"] == []
        page = await menu.form([others[0], ours[0], others[1], ours[1], str(uuid4())])
        assert "3 more are not seen" in page.text
        assert "Robo" not in page.text
        found = await agent.ask("get_selection")
        assert found["total"] == 2
        assert found["notes"][0].startswith(f"3 ids of no task that this identity sees: {others[0]}, {others[1]}, ")
        assert "Robo" not in str(found)


async def test_names_of_strangers_stay_names_on_the_page_and_in_answers(pristine: Connection) -> None:
    name = "</bdi><script>alert(1)</script>\u202eevil"
    token, ids = pristine.token("admin"), tasks_of(pristine, "Salt Harbour", 1)
    entity = ask(pristine.host, f"data/tasks/{ids[0]}", token).body["entity_id"]
    assert ask(pristine.host, f"data/entities/{entity}", token, method="PUT", body={"name": name}).status == 200
    async with handing_over(pristine) as (agent, menu):
        page, data = await menu.form(ids), await menu.background(ids)
        (row,) = (await agent.ask("get_selection"))["rows"]
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;" in page.text.replace("<wbr>", "")
    assert not any(first_unseen(one) for one in (*page.text.split("\n"), data.text, str(row)))
    assert "%E2%80%AE" in str(row)


async def test_a_port_in_use_is_said_plainly_and_taken_once_it_is_free(kitsu: Connection, mode: Mode) -> None:
    port = free_port()
    async with connected(kitsu, mode=mode, KITSU_ACTIONS="true", KITSU_ACTIONS_PORT=str(port)) as agent:
        with socket.create_server(("127.0.0.1", port)):
            await agent.tools()
            with anyio.fail_after(60):
                while "port" not in (await agent.ask("get_selection"))["notes"][0]:
                    pass
            said = (await agent.ask("wait_for_selection", seconds=3600))["notes"][0]
            assert said.startswith(f"Selections cannot come in here: port {port} of 127.0.0.1 cannot be had (")
            assert (await agent.ask("list_projects"))["rows"]
        with anyio.fail_after(60):
            while "port" in (await agent.ask("get_selection"))["notes"][0]:
                pass


async def test_without_the_setting_nothing_listens_and_the_tools_say_how(kitsu: Connection) -> None:
    async with connected(kitsu, KITSU_ACTIONS_PORT=str(port := free_port())) as agent:
        await agent.tools()
        assert "KITSU_ACTIONS=true" in (await agent.ask("get_selection"))["notes"][0]
        with pytest.raises(OSError, match="connection attempts failed"):
            await anyio.connect_tcp("127.0.0.1", port)


async def test_it_can_be_mounted_in_another_web_server_under_its_name(kitsu: Connection) -> None:
    ids = tasks_of(kitsu, "Salt Harbour", 2)
    async with opened(kitsu) as tracker:
        selections, port = Selections(), free_port()

        def at_home(request: Request) -> bool:
            return request.headers.get("host") == "tools.example.com"

        outer = Starlette(routes=[Mount("/agents", application(tracker, selections, at_home))])
        async with served(outer, socket.create_server(("127.0.0.1", port))), httpx2.AsyncClient(trust_env=False) as it:
            url, data = f"http://127.0.0.1:{port}/agents/kitsu-selection", {"selection": ",".join(ids)}
            sent = {"host": "tools.example.com", "origin": kitsu.host.removesuffix("/api")}
            assert (await it.post(url, data=data, headers=sent)).status_code == 200
            assert (await it.post(url, data=data, headers=sent | {"host": f"127.0.0.1:{port}"})).status_code == 404
        assert [one.task_ids for one in selections.held] == [tuple(ids)]


def test_it_listens_beside_stdio_and_ends_in_time_whoever_is_connected(kitsu: Connection, tmp_path: Path) -> None:
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "KITSU_JOURNAL": str(tmp_path / "journal.sqlite3"),
    }
    actions = {"KITSU_ACTIONS": "true", "KITSU_ACTIONS_PORT": str(port)}
    with started(reaching(kitsu, environment) | actions) as server:
        server.ask("tools/list")
        anyio.run(listening, port)
        with socket.create_connection(("127.0.0.1", port)) as slow:
            slow.sendall(_half_a_form(port, kitsu))
            assert server.stop_by("SIGTERM") < STOP_SECONDS
        assert server.process.returncode == 0
        assert all(json.loads(line)["jsonrpc"] == "2.0" for line in server.said)
    socket.create_server(("127.0.0.1", port)).close()


def test_only_so_many_are_held() -> None:
    selections = Selections()
    for number in range(MOST_HELD + 5):
        selections.take([str(number)])
    assert [one.number for one in selections.held] == list(range(6, MOST_HELD + 6))


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://kitsu.example.com/api", "https://kitsu.example.com"),
        ("https://KITSU.example.com:443/below/api", "https://kitsu.example.com"),
        ("http://kitsu:8080/api", "http://kitsu:8080"),
        ("http://[::1]:8080/api", "http://[::1]:8080"),
        ("https://bücher.example/api", "https://xn--bcher-kva.example"),
    ],
)
def test_an_origin_is_written_as_browsers_write_it(address: str, origin: str) -> None:
    assert origins(Studio(address, page_hosts=(address,))) == {origin}
