"""A role that a production's team gives goes before the identity's own, in what is read, planned and listed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kitsu_tools.tracker.visibility import PLANS_HIDDEN
from support import faults
from support.api import ask
from support.client import connected, opened
from support.held import held_to_plan, nothing_written
from support.person import Person

if TYPE_CHECKING:
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection

pytestmark = pytest.mark.anyio

PROJECT = "Salt Harbour"
TASK = f"{PROJECT}/SQ020/SH0010:Layout"


def give(connection: Connection, own: str, here: str | None) -> None:
    """Give the bot with the role `own` the role `here` on Salt Harbour, as a manager does on its team's page."""
    admin = connection.token("admin")
    projects = ask(connection.host, "data/projects/open", admin).body
    project = next(one["id"] for one in projects if one["name"] == PROJECT)
    me = ask(connection.host, "auth/authenticated", connection.token(own)).body["user"]["id"]
    path = f"data/projects/{project}/team/{me}"
    assert ask(connection.host, path, admin, method="PUT", body={"role": here}).status == 200


async def test_an_artists_bot_that_supervises_a_production_comments_there_and_nowhere_else(
    pristine: Connection, journal: Path
) -> None:
    give(pristine, "user", "supervisor")
    async with connected(pristine, role="user", on_question=Person(), journal=journal) as agent:
        with held_to_plan(pristine, journal):
            receipt = await agent.ask("add_comment", task=TASK, text="Seen.")
        with nothing_written(pristine):
            refused = await agent.refusal("add_comment", task="Robo Garden/E01/SQ01/SH0010:Layout", text="Seen.")
    assert receipt["outcome"] == "1 applied"
    assert refused.startswith("The role 'user' may comment only on tasks assigned to it")


async def test_a_role_given_between_two_changes_counts_at_once(pristine: Connection, journal: Path) -> None:
    async with connected(pristine, role="user", on_question=Person(), journal=journal) as agent:
        with nothing_written(pristine):
            refused = await agent.refusal("add_comment", task=TASK, text="Seen.")
        give(pristine, "user", "supervisor")
        receipt = await agent.ask("add_comment", task=TASK, text="Seen now.")
    assert refused.startswith("The role 'user' may comment only on tasks assigned to it")
    assert receipt["outcome"] == "1 applied"


@pytest.mark.parametrize("tasks", [[TASK], [TASK, f"{PROJECT}/SQ020/SH0020:Layout"]])
async def test_a_role_taken_away_between_two_changes_is_told_by_the_receipt(
    pristine: Connection, journal: Path, tasks: list[str]
) -> None:
    """Zou refuses a single comment and drops one of a batch; the role that is held is some minutes old."""
    async with connected(pristine, role="supervisor", on_question=Person(), journal=journal) as agent:
        await agent.ask("add_comment", task=tasks[0], text="Seen.")
        give(pristine, "supervisor", "user")
        with nothing_written(pristine):
            receipt = await agent.ask("change_status", tasks=tasks, status="neutral")
    assert receipt["outcome"] == f"{len(tasks)} {'refused' if len(tasks) == 1 else 'failed'}"


async def test_who_is_a_productions_client_is_told_what_is_hidden_there(pristine: Connection) -> None:
    give(pristine, "manager", "client")
    async with connected(pristine) as agent:
        there = await agent.ask("list_tasks", under=PROJECT)
        elsewhere = await agent.ask("list_tasks", under="Robo Garden/E01")
        refused = await agent.refusal("list_tasks", under=PROJECT, assignee="nobody")
    assert {row[2] for row in there["rows"]} == {""}
    assert PLANS_HIDDEN in there["notes"]
    assert PLANS_HIDDEN not in elsewhere.get("notes", [])
    assert refused.startswith(f"assignee: {PLANS_HIDDEN}")


async def test_an_admin_stays_one_everywhere(pristine: Connection) -> None:
    give(pristine, "admin", "client")
    async with connected(pristine, role="admin") as agent:
        tasks = await agent.ask("list_tasks", under=PROJECT)
    assert any(row[2] for row in tasks["rows"])
    assert PLANS_HIDDEN not in tasks.get("notes", [])


@pytest.mark.parametrize(("here", "may"), [(None, False), ("vendor", False), ("supervisor", True), ("client", True)])
async def test_a_bot_that_can_only_read_by_its_own_role_writes_where_a_team_lets_it(
    pristine: Connection, here: str | None, *, may: bool
) -> None:
    give(pristine, "user", here)
    async with faults.fault_proxy(pristine.event_host) as proxy:
        proxy.fault(faults.rewrite(without_collaboration), path="/data/projects/open", times=None)
        async with opened(pristine, role="user", host=proxy.url) as kitsu:
            assert await kitsu.may_write() is may


def without_collaboration(projects: list[dict[str, object]]) -> list[dict[str, object]]:
    """The productions, none of which lets bots have tasks."""
    return [project | {"is_bot_collaboration_enabled": False} for project in projects]
