"""Boards: held between questions, revalidated by one small request, never stale, never somebody else's."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from kitsu_tools.tracker.errors import KitsuError
from kitsu_tools.tracker.gather import gather
from support.api import ask
from support.client import connected, opened
from support.doing import do
from support.faults import FaultProxy, fault_proxy, hang, hold, strip_compact, strip_etag

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from kitsu_sandbox.lifecycle import Connection
    from support.client import Agent, Mode

pytestmark = pytest.mark.anyio

QUESTIONS: list[tuple[str, dict[str, Any]]] = [
    ("list_shots", {"under": "Salt Harbour/SQ010"}),
    ("list_shots", {"under": "Robo Garden/E02"}),
    ("list_assets", {"under": "Salt Harbour"}),
    ("list_tasks", {"under": "Robo Garden", "due": "overdue"}),
    ("list_tasks", {"under": "Salt Harbour/SQ010/SH0010"}),
    ("get_project", {"project": "Salt Harbour"}),
    ("search", {"text": "SH0010", "under": "Salt Harbour"}),
]
OLDER_ZOU = {"no ETag": [strip_etag()], "no compact": [strip_compact()], "neither": [strip_etag(), strip_compact()]}


@pytest.fixture
async def proxy(kitsu: Connection) -> AsyncGenerator[FaultProxy]:
    """Between the server and Zou; it changes nothing until a test says so."""
    async with fault_proxy(kitsu.event_host) as proxy:
        yield proxy


@asynccontextmanager
async def behind(proxy: FaultProxy, kitsu: Connection, *, mode: Mode = "auto") -> AsyncGenerator[Agent]:
    """A client of a server behind the proxy that has done already what it does once after its tools were listed."""
    async with connected(kitsu, host=f"{proxy.url}/api", mode=mode) as client:
        await client.tools()
        await proxy.until(lambda: any("auth/authenticated" in one.path and one.status for one in proxy.requests))
        yield client


def asked(proxy: FaultProxy) -> list[tuple[str, bool, int | None]]:
    """Method, whether conditional, and status of every request since the last `clear`."""
    return [(one.method, one.if_none_match, one.status) for one in proxy.requests]


def ids(connection: Connection, route: str) -> dict[str, str]:
    records = ask(connection.host, route, connection.token("admin")).body
    return {one.get("short_name") or one.get("full_name") or one["name"]: one["id"] for one in records}


@pytest.mark.parametrize(("tool", "arguments"), QUESTIONS, ids=str)
async def test_a_second_and_later_call_costs_one_request_answered_304(
    kitsu: Connection, proxy: FaultProxy, tool: str, arguments: dict[str, Any]
) -> None:
    async with behind(proxy, kitsu) as client:
        first = await client.ask(tool, **arguments)
        for _ in range(2):
            proxy.clear()
            assert await client.ask(tool, **arguments) == first
            assert asked(proxy) == [("GET", True, 304)]


async def test_questions_at_once_read_shared_assets_once(kitsu: Connection, proxy: FaultProxy) -> None:
    async with opened(kitsu, host=f"{proxy.url}/api") as tracker:
        reading = await tracker.reading(await tracker.directory.project("Robo Garden"))
        first, second = await gather(reading.shared_assets, reading.shared_assets)
    assert first == second
    assert proxy.count(path_contains="assets/shared-used") == 1


async def test_one_304_vouches_for_every_board_of_the_production(kitsu: Connection, proxy: FaultProxy) -> None:
    async with behind(proxy, kitsu) as client:
        await client.ask("get_project", project="Salt Harbour")
        await client.ask("list_tasks", under="Salt Harbour")
        for tool, arguments in QUESTIONS:
            if "Salt" in str(arguments):
                proxy.clear()
                await client.ask(tool, **arguments)
                assert asked(proxy) == [("GET", True, 304)], tool


async def test_twenty_questions_at_once_cost_at_most_two_revalidations(
    kitsu: Connection, proxy: FaultProxy, era: Mode
) -> None:
    async with behind(proxy, kitsu, mode=era) as client:
        first = await client.ask("list_shots", under="Salt Harbour")
        proxy.clear()
        released = asyncio.Event()
        proxy.fault(hold(released), path="with-tasks")

        async def release() -> None:
            """Once the server was asked all, as what came last is answered."""
            await client.tools()
            released.set()

        *answers, _ = await gather(*[partial(client.ask, "list_shots", under="Salt Harbour")] * 20, release)
    assert answers == [first] * 20
    assert set(asked(proxy)) == {("GET", True, 304)}
    assert len(proxy.requests) <= 2


async def test_twenty_questions_at_once_share_one_first_reading(kitsu: Connection, proxy: FaultProxy) -> None:
    async with behind(proxy, kitsu) as client:
        answers = await gather(*[partial(client.ask, "list_shots", under="Salt Harbour")] * 20)
    assert answers == [answers[0]] * 20
    boards = [one.path for one in proxy.requests if "shots/with-tasks" in one.path and "id=0000" not in one.path]
    assert len(boards) == 1
    assert len(proxy.requests) == len({one.path for one in proxy.requests}) + proxy.count(path_contains="id=0000") - 1


async def test_one_sequence_with_nothing_held_never_loads_the_whole_board(kitsu: Connection, proxy: FaultProxy) -> None:
    async with behind(proxy, kitsu) as client:
        await client.ask("list_shots", under="Salt Harbour/SQ010")
        await client.ask("list_tasks", under="Salt Harbour/SQ010/SH0010")
        await client.ask("get_task", task="Salt Harbour/SQ010/SH0020:Layout")
        await client.ask("get_casting", of="Robo Garden/E01/SQ02/SH0010")
    boards = [one.path for one in proxy.requests if "shots/with-tasks" in one.path]
    assert boards
    assert all("id=0000" in path for path in boards), boards


async def test_a_change_by_somebody_else_is_in_the_very_next_answer(pristine: Connection, era: Mode) -> None:
    statuses, people = ids(pristine, "data/task-status"), ids(pristine, "data/persons")
    async with connected(pristine, mode=era) as client:

        async def shots(**arguments: Any) -> dict[str, list[str]]:
            rows = (await client.ask("list_shots", under="Salt Harbour", **arguments))["rows"]
            return {row[0]: row[1:] for row in rows}

        async def sequence() -> list[str]:
            return [row[0] for row in (await client.ask("list_shots", under="Salt Harbour/SQ020"))["rows"]]

        before = await shots(show=["id"])
        shot = before["SQ020/SH0010"][0]
        task = (await client.ask("get_task", task="Salt Harbour/SQ020/SH0010:Layout"))["id"]

        body = {"task_status_id": statuses["retake"], "comment": "Once more"}
        do(pristine, "POST", f"actions/tasks/{task}/comment", body)
        assert (await shots())["SQ020/SH0010"] == ["done", "retake", "todo", "todo", "todo"]
        do(pristine, "POST", f"actions/tasks/{task}/comment", body | {"task_status_id": statuses["done"]})
        assert (await shots())["SQ020/SH0010"] == ["done", "done", "todo", "todo", "todo"]
        counts = await client.ask("get_project", project="Salt Harbour")
        assert next(row for row in counts["rows"] if row[:2] == ["Shot", "Layout"])[-2] == 9

        do(pristine, "PUT", f"actions/persons/{people['Aiko Hayashi']}/assign", {"task_ids": [task]})
        mine = await client.ask("list_tasks", under="Salt Harbour", assignee="Aiko Hayashi", task_type="Layout")
        assert [row[0] for row in mine["rows"]] == ["SQ020/SH0010:Layout"]

        do(pristine, "PUT", f"data/tasks/{task}", {"due_date": "2031-01-02"})
        late = await client.ask("list_tasks", under="Salt Harbour", due="2031-01-02")
        assert [row[0] for row in late["rows"]] == ["SQ020/SH0010:Layout"]

        do(pristine, "PUT", f"data/entities/{shot}", {"name": "SH0011", "data": {"difficulty": "brutal"}})
        assert (await shots(where=["Difficulty=brutal"])).keys() == {"SQ020/SH0011"}

        project = do(pristine, "GET", f"data/entities/{shot}")["project_id"]
        parent = do(pristine, "GET", f"data/entities/{shot}")["parent_id"]
        body = {"name": "SH0060", "sequence_id": parent}
        made = do(pristine, "POST", f"data/projects/{project}/shots", body)["id"]
        assert await sequence() == ["SH0011", "SH0020", "SH0030", "SH0040", "SH0050", "SH0060"]

        lantern = ids(pristine, f"data/projects/{project}/assets")["Lantern"]
        cast = [{"asset_id": lantern, "nb_occurences": 4, "label": "animate"}]
        do(pristine, "PUT", f"data/projects/{project}/entities/{made}/casting", cast)
        casting = await client.ask("get_casting", of="Salt Harbour/SQ020/SH0060")
        assert casting["rows"] == [["Prop/Lantern", 4, "animate"]]

        do(pristine, "PUT", f"data/entities/{parent}", {"name": "SQ021"})
        assert "SQ021/SH0060" in await shots()

        do(pristine, "PUT", f"data/entities/{shot}", {"canceled": True})
        assert "SQ021/SH0011" not in await shots()
        do(pristine, "DELETE", f"data/shots/{made}?force=true")
        assert "SQ021/SH0060" not in await shots()
        answer = await client.refusal("get_task", task="Salt Harbour/SQ021/SH0060:Layout")
        assert answer.startswith("Nothing in Salt Harbour is called 'SQ021/SH0060'.")


async def test_changes_within_one_second_are_each_seen(pristine: Connection) -> None:
    statuses = ids(pristine, "data/task-status")
    async with connected(pristine) as client:
        task = (await client.ask("get_task", task="Salt Harbour/SQ010/SH0020:Layout"))["id"]
        for short in ("wip", "wfa", "retake", "done") * 2:
            body = {"task_status_id": statuses[short], "comment": ""}
            do(pristine, "POST", f"actions/tasks/{task}/comment", body)
            row = (await client.ask("list_shots", under="Salt Harbour/SQ010", where=["name=SH0020"]))["rows"][0]
            assert row[2] == short


@pytest.mark.parametrize("missing", OLDER_ZOU)
@pytest.mark.parametrize(("tool", "arguments"), QUESTIONS, ids=str)
async def test_an_older_zou_gives_the_same_answers(
    kitsu: Connection, proxy: FaultProxy, missing: str, tool: str, arguments: dict[str, Any]
) -> None:
    for fault in OLDER_ZOU[missing]:
        proxy.fault(fault, times=None)
    async with connected(kitsu) as today, behind(proxy, kitsu) as older:
        expected = await today.ask(tool, **arguments)
        answer = await older.ask(tool, **arguments)
    as_of = answer.pop("as_of", "")
    assert answer == expected
    # Search says only where a thing is; what may have changed since is not in its answer.
    assert bool(as_of) is ("ETag" in missing or missing == "neither") or tool == "search"


@pytest.mark.parametrize("missing", ["no ETag", "neither"])
async def test_without_etags_answers_are_held_a_while_and_say_as_of_when(
    kitsu: Connection, proxy: FaultProxy, missing: str
) -> None:
    for fault in OLDER_ZOU[missing]:
        proxy.fault(fault, times=None)
    async with behind(proxy, kitsu) as client:
        first = await client.ask("list_shots", under="Salt Harbour")
        proxy.clear()
        assert await client.ask("list_shots", under="Salt Harbour") == first
        assert asked(proxy) == []
    assert first["as_of"].endswith("+00:00")


async def test_without_etags_a_held_board_is_read_again_when_it_is_old(
    pristine: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    statuses = ids(pristine, "data/task-status")
    async with fault_proxy(pristine.event_host) as proxy:
        proxy.fault(strip_etag(), times=None)
        async with connected(pristine, host=f"{proxy.url}/api") as client:
            answer = await client.ask("get_task", task="Salt Harbour/SQ010/SH0020:Layout")
            await client.ask("list_shots", under="Salt Harbour")
            body = {"task_status_id": statuses["retake"], "comment": ""}
            do(pristine, "POST", f"actions/tasks/{answer['id']}/comment", body)
            monkeypatch.setattr("kitsu_tools.tracker.held_boards.AGE_SECONDS_WITHOUT_ETAG", 0.0)
            rows = (await client.ask("list_shots", under="Salt Harbour", where=["Layout=retake"]))["rows"]
    assert [row[0] for row in rows] == ["SQ010/SH0020"]


async def test_a_name_that_changes_while_boards_are_read_stays_in_no_address(pristine: Connection) -> None:
    released = asyncio.Event()
    async with fault_proxy(pristine.event_host) as proxy, opened(pristine, host=proxy.url) as ours:
        project = await ours.directory.project("Robo Garden")
        episode = ids(pristine, f"data/projects/{project.id}/episodes")["E01"]
        proxy.fault(hold(released), path="/sequences/with-tasks")
        first = await ours.reading(project)
        async with anyio.create_task_group() as asking:
            for _ in range(5):
                asking.start_soon(first.view, "shot")
            # By now the episodes are read, and the shots are not.
            await proxy.until(lambda: proxy.count(path_contains="/sequences/with-tasks") == 1)
            do(pristine, "PUT", f"data/entities/{episode}", {"name": "E09"})
            await ours.reading(project)
            released.set()
        assert len([one for one in proxy.requests if "shots/with-tasks" in one.path and "id=0000" not in one.path]) <= 2
        for _ in range(2):
            shots = (await (await ours.reading(project)).view("shot")).entities("shot")
            assert {one.address.split("/")[1] for one in shots} == {"E02", "E09"}


async def test_nobody_is_shown_what_another_identity_read(kitsu: Connection) -> None:
    async with (
        connected(kitsu, role="manager") as manager,
        connected(kitsu, role="vendor") as vendor,
        connected(kitsu, role="client") as client,
    ):

        async def seen(by: Agent) -> tuple[list[str], int]:
            shots = await by.ask("list_shots", under="Robo Garden")
            return [row[0] for row in shots["rows"]], (await by.ask("list_tasks", under="Robo Garden"))["total"]

        everything = await seen(manager)
        assert len(everything[0]) == 27
        assert await seen(vendor) == (["E02/SQ02/SH0010"], 1)
        assert (await seen(client))[1] == everything[1] - 1  # the concept's
        assert await seen(manager) == everything
        text = await vendor.refusal("get_task", task="Robo Garden/E01/SQ01/SH0010:Layout")
        assert text.startswith("Nothing in Robo Garden is called")
        found = await vendor.ask("search", text="Bolt", kinds=["asset"])
        assert found["rows"] == []


async def test_callers_who_wait_for_a_kitsu_that_does_not_answer_share_the_failure(kitsu: Connection) -> None:
    async with fault_proxy(kitsu.event_host) as proxy, opened(kitsu, host=proxy.url, KITSU_READ_SECONDS="3") as ours:
        project = await ours.directory.project("Salt Harbour")
        proxy.fault(hang(), path="with-tasks", times=None)
        refusals: list[KitsuError] = []

        async def look() -> None:
            try:
                await ours.reading(project)
            except KitsuError as error:
                refusals.append(error)

        async with anyio.create_task_group() as group:
            for _ in range(20):
                group.start_soon(look)
        assert len(refusals) == 20
        assert proxy.count(path_contains="with-tasks") <= 6


async def test_an_asking_that_was_cancelled_vouches_for_nothing(kitsu: Connection) -> None:
    async with fault_proxy(kitsu.event_host) as proxy, opened(kitsu, host=proxy.url) as ours:
        project = await ours.directory.project("Salt Harbour")
        await ours.reading(project)
        proxy.clear()
        proxy.fault(hang(), path="with-tasks")
        async with anyio.create_task_group() as others, anyio.create_task_group() as asking:
            asking.start_soon(ours.reading, project)
            await proxy.until(lambda: proxy.count(path_contains="with-tasks") == 1)
            others.start_soon(ours.reading, project)
            await anyio.wait_all_tasks_blocked()
            asking.cancel_scope.cancel()
        assert proxy.count(path_contains="with-tasks") == 2
