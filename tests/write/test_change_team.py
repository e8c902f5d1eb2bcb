"""`change_team`, as an agent drives it, on the real sandbox Kitsu."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from support.api import ask
from support.client import connected
from support.faults import answer, fault_proxy, lose_answer
from support.held import held_to_plan, nothing_written
from support.person import Person

if TYPE_CHECKING:
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection
    from support.client import Mode

pytestmark = pytest.mark.anyio

HARBOUR = "Salt Harbour"


async def test_who_comes_goes_and_rises_is_who_was_agreed_to_and_comes_back(
    pristine: Connection, journal: Path, era: Mode
) -> None:
    person = Person()
    async with (
        fault_proxy(pristine.event_host) as proxy,
        connected(pristine, mode=era, on_question=person, host=proxy.url, journal=journal) as agent,
    ):
        with held_to_plan(pristine, journal):
            receipt = await agent.ask(
                "change_team",
                project=HARBOUR,
                add=["Super Admin", "Theo Marchand", "mara@example.com"],
                remove=["Sam Adeyemi", "Dev Patel"],
            )
        assert receipt["outcome"] == "3 applied"
        assert set(receipt["already_so"]) == {f"{HARBOUR}/Theo Marchand", f"{HARBOUR}/Mara Okafor"}
        sent = [(one.method, one.path.rpartition("/")[2]) for one in proxy.requests if one.method in {"POST", "DELETE"}]
        assert [method for method, _ in sent] == ["POST", "DELETE", "DELETE"]
        assert "Change the team: 3 members in Salt Harbour" in person.asked[0]
        with psycopg.connect(pristine.database) as database:
            for name in ("Sam", "Dev"):
                ((every, left),) = database.execute(
                    "select count(*), count(*) filter (where not s.is_done and s.short_name <> 'approved') from task t "
                    "join task_person_link l on l.task_id = t.id join person p on p.id = l.person_id "
                    "join project j on j.id = t.project_id join task_status s on s.id = t.task_status_id "
                    "where p.first_name = %s and j.name = 'Salt Harbour'",
                    [name],
                ).fetchall()
                assert f"stays assigned to {every} tasks, {left} of them not done" in " ".join(receipt["warnings"])
        team = await agent.ask("list_people", project=HARBOUR)
        assert "Sam Adeyemi" not in [row[0] for row in team["rows"]]
        with held_to_plan(pristine, journal):
            back = await agent.ask("undo_change", code=receipt["journal"])
        assert back["outcome"] == "3 applied"
        with held_to_plan(pristine, journal):
            raised = await agent.ask("change_team", project=HARBOUR, add=["Theo Marchand"], role="manager")
        assert raised["rows"][0][2:4] == ["on the team, role here as everywhere", "on the team, role here manager"]
        assert "May then set up all of Salt Harbour: Theo Marchand" in person.asked[-1]
        with held_to_plan(pristine, journal):
            gone = await agent.ask("change_team", project=HARBOUR, remove=["Theo Marchand"])
        with held_to_plan(pristine, journal):  # with the role that the team gave
            await agent.ask("undo_change", code=gone["journal"])
        assert await agent.refusal("change_team", project=HARBOUR, add=["Theo Marchand"], role="manager") == (
            "The team is so already. Nothing was written."
        )


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({}, "Name at least one person"),
    ({"add": ["Piet Jansen"]}, "Not active in Kitsu any more, so not for a team: Piet Jansen"),
    ({"add": ["Manager Bot"], "role": "supervisor"}, "its own rights are for somebody else to change"),
    ({"remove": ["Manager Bot"]}, "its own rights are for somebody else to change"),
    ({"add": ["User Bot"], "role": "manager"}, "The roles of bots are changed in Kitsu alone: User Bot"),
    ({"add": ["Mara Okafor"], "remove": ["mara okafor"]}, "In add as well as in remove: Mara Okafor"),
    ({"add": ["Theo Marchand"], "role": "admin"}, "role: Input should be 'keep', 'own', 'user'"),
    ({"add": ["Theo Marchand"]}, "The team is so already"),
    ({"add": ["x" * 300]}, "No person"),
    ({"project": "Nowhere", "add": ["Theo Marchand"]}, "No production 'Nowhere'"),
]


async def test_a_team_that_cannot_be_meant_is_refused(kitsu: Connection, journal: Path) -> None:
    person = Person()
    with nothing_written(kitsu):
        async with connected(kitsu, on_question=person, journal=journal) as agent:
            for arguments, says in REFUSED:
                refusal = await agent.refusal("change_team", **{"project": HARBOUR} | arguments)
                assert says in refusal, arguments
                assert "Nothing was" in refusal, arguments
    assert person.asked == []


async def test_who_may_is_who_zou_lets(pristine: Connection, journal: Path) -> None:
    """By the role on the production, which a team may give to a user and take from a manager."""
    with psycopg.connect(pristine.database) as database:
        database.execute(
            "update project_person_link l set role = case p.role when 'user' then 'manager' else 'user' end "
            "from person p, project j where p.id = l.person_id and p.is_bot and j.id = l.project_id "
            "and j.name = 'Robo Garden' and p.role in ('user', 'manager')"
        )
        ((sam,),) = database.execute("select id from person where first_name = 'Sam'").fetchall()
        projects = dict(database.execute("select name, id from project").fetchall())
    for role in ("admin", "manager", "supervisor", "user", "client", "vendor"):
        person = Person("decline")
        async with connected(pristine, role=role, on_question=person, journal=journal) as agent:
            for project, may in ((HARBOUR, {"admin", "manager"}), ("Robo Garden", {"admin", "user"})):
                asked = len(person.asked)
                said = await agent.call("change_team", project=project, remove=["Sam Adeyemi"])
                path = f"data/projects/{projects[project]}/team/{sam}"
                lets = ask(pristine.host, path, pristine.token(role), method="PUT", body={"role": None}).status == 200
                assert (len(person.asked) > asked, lets, not said.is_error) == (role in may,) * 3, (project, role)
            if role == "admin":
                reel = await agent.refusal("change_team", project="Old Reel", add=["Sam Adeyemi"])
                assert "Old Reel is closed" in reel


async def test_what_zou_leaves_or_loses_is_told_as_it_is(pristine: Connection, journal: Path) -> None:
    async with (
        fault_proxy(pristine.event_host) as proxy,
        connected(pristine, on_question=Person(), host=proxy.url, journal=journal) as agent,
    ):
        proxy.fault(lose_answer(), method="DELETE", path="/team")
        lost = await agent.ask("change_team", project=HARBOUR, remove=["Sam Adeyemi"])
        proxy.fault(answer(201, {}), method="POST", path="/team")
        with nothing_written(pristine):
            left = await agent.ask("change_team", project=HARBOUR, add=["Sam Adeyemi"], role="supervisor")
    assert lost["rows"][0][1:4] == [
        "applied",
        "on the team, role here as everywhere",
        "not on the team, role here as everywhere",
    ]
    assert left["rows"][0][1] == "failed"
