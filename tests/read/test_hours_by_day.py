"""The length of a working day: told wherever minutes are, to every role, and asked of Kitsu no more than it must be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.api import ask
from support.client import connected
from support.faults import answer as answered
from support.faults import fault_proxy

if TYPE_CHECKING:
    from kitsu_sandbox.lifecycle import Connection

pytestmark = pytest.mark.anyio

TASK = {"task": "Robo Garden/E02/SQ02/SH0010:Animation"}
LIST = {"under": "Robo Garden/E02/SQ02"}


async def test_every_role_is_told_the_studios_length_of_a_day(pristine: Connection) -> None:
    token = pristine.token("admin")
    studios = ask(pristine.host, "data/organisations", token).body  # Zou makes the studio when it first looks for it
    studio = (studios or [ask(pristine.host, "data/organisations", token, method="POST", body={"name": "S"}).body])[0]
    for hours, told, roles in (
        (7.5, 7.5, ("admin", "manager", "supervisor", "user", "vendor", "client")),
        (0, 8, ("manager",)),
    ):
        path = f"data/organisations/{studio['id']}"
        assert ask(pristine.host, path, token, method="PUT", body={"hours_by_day": hours}).status == 200
        for role in roles:
            async with connected(pristine, role=role) as client:
                assert (await client.ask("get_project", project="Robo Garden"))["hours_by_day"] == told


async def test_it_is_asked_for_once_and_only_where_minutes_are_shown(kitsu: Connection) -> None:
    async with fault_proxy(kitsu.event_host) as proxy, connected(kitsu, host=proxy.url) as client:
        for plain in (
            await client.ask("list_tasks", **LIST, show=["priority"]),
            await client.ask("list_shots", **LIST),
            await client.ask("list_projects"),
        ):
            assert "hours_by_day" not in plain
        assert proxy.count(path_contains="organisations") == 0
        for answer in (
            await client.ask("list_tasks", **LIST, show=["estimate"]),
            await client.ask("list_tasks", **LIST, show=["-spent"]),
            await client.ask("get_task", **TASK),
        ):
            assert answer["hours_by_day"] == 8
        assert proxy.count(path_contains="organisations") == 1
        async with connected(kitsu, role="client", host=proxy.url) as client_role:
            assert "hours_by_day" not in await client_role.ask("get_task", **TASK)
        assert proxy.count(path_contains="organisations") == 1


async def test_a_kitsu_that_keeps_it_to_itself_answers_all_the_rest(kitsu: Connection) -> None:
    async with fault_proxy(kitsu.event_host) as proxy, connected(kitsu, host=proxy.url) as client:
        proxy.fault(answered(403, {"message": "no"}), path="organisations")
        answer = await client.ask("get_task", **TASK)
    assert "hours_by_day" not in answer
    assert "estimate_minutes" in answer
