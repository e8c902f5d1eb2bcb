"""How the studio set up its Kitsu, as the database has it and as each role may see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from kitsu_tools.tracker.visibility import KINDS_HIDDEN, PLANS_HIDDEN
from support.client import connected

if TYPE_CHECKING:
    from kitsu_sandbox.lifecycle import Connection
    from support.client import Agent

pytestmark = pytest.mark.anyio

USED = "join project_{0}_link link on link.{0}_id = {0}.id join project on project.id = link.project_id"


def names(kitsu: Connection, query: str) -> list[str]:
    with psycopg.connect(kitsu.database) as database:
        return sorted(name for (name,) in database.execute(query.encode()))


def cells(answer: dict[str, Any], section: str, column: int) -> list[str]:
    return sorted(row[column] for row in answer[section]["rows"])


async def test_each_section_holds_what_the_database_does(kitsu: Connection, client: Agent) -> None:
    answer = await client.ask("get_studio")
    assert cells(answer, "task_types", 1) == names(kitsu, "select name from task_type where not archived")
    assert cells(answer, "statuses", 0) == names(kitsu, "select short_name from task_status where not archived")
    assert cells(answer, "departments", 0) == names(kitsu, "select name from department")
    columns = names(kitsu, "select distinct entity_type || name from metadata_descriptor")
    assert sorted(row[0] + row[1] for row in answer["metadata_columns"]["rows"]) == columns
    assert ["shot", "Layout is done", "Animation becomes ready"] in answer["automations"]["rows"]
    assert ["asset", "Rigging is done", "the asset is ready for Animation"] in answer["automations"]["rows"]
    assert answer["hours_by_day"] == 8


async def test_of_one_production_only_what_it_uses_is_told(kitsu: Connection, client: Agent) -> None:
    answer = await client.ask("get_studio", sections=["task types", "statuses"], project="Robo Garden")
    assert set(answer) == {"project", "hours_by_day", "task_types", "statuses"}
    used = names(
        kitsu,
        "select task_type.name from task_type join project_task_type_link link on link.task_type_id = task_type.id "
        "join project on project.id = link.project_id where project.name = 'Robo Garden'",
    )
    assert cells(answer, "task_types", 1) == used
    assert set(used) < {row[1] for row in (await client.ask("get_studio"))["task_types"]["rows"]}


async def test_who_may_set_a_status_is_told(kitsu: Connection, client: Agent) -> None:
    rows = {row[0]: row for row in (await client.ask("get_studio", sections="statuses"))["statuses"]["rows"]}
    with psycopg.connect(kitsu.database) as database:
        for short, artists, clients in database.execute(
            "select short_name, is_artist_allowed, is_client_allowed from task_status where not archived"
        ):
            assert ("artists" in rows[short][3], "clients" in rows[short][3]) == (artists, clients)


@pytest.mark.parametrize("role", ["client", "vendor"])
async def test_what_a_role_may_not_see_is_said_and_not_shown_as_nothing(kitsu: Connection, role: str) -> None:
    async with connected(kitsu, role=role) as client:
        answer = await client.ask("get_studio")
        hidden = ["hardware"] + (["automations"] if role == "vendor" else [])
        assert sorted(answer["notes"]) == sorted(f"{section}: {KINDS_HIDDEN}" for section in hidden)
        assert not set(hidden) & set(answer)
        assert PLANS_HIDDEN not in str(answer)
