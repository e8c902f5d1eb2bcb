"""People, their work and what they are notified of: as the database has it, and as Kitsu shows it to each role."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from support.client import connected
from support.database import difference, snapshot

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from kitsu_sandbox.lifecycle import Connection
    from support.client import Agent

pytestmark = pytest.mark.anyio

TASKS = """
select count(*) filter (where not is_done), count(*) filter (where not is_done and due_date < now()::date),
    count(*) filter (where not is_done and is_feedback_request),
    count(*) filter (where is_done and done_date >= now()::date - 14)
from task join task_person_link link on link.task_id = task.id join person on person.id = link.person_id
join task_status on task_status.id = task_status_id join entity on entity.id = entity_id
join project on project.id = task.project_id join project_status on project_status.id = project_status_id
where person.email = %s and not canceled and project.name in ('Robo Garden', 'Salt Harbour')
    and short_name not in ('omit', 'omt', 'omitted', 'cbo', 'na')
"""
TO_CHECK = """
select count(*) from task join task_status on task_status.id = task_status_id join entity on entity.id = entity_id
join project on project.id = task.project_id join task_type on task_type.id = task_type_id
join department on department.id = task_type.department_id
where is_feedback_request and not canceled and project.name in ('Robo Garden', 'Salt Harbour')
    and department.name = 'Animation'
"""


def one_row(kitsu: Connection, query: str, *given: Any) -> tuple[Any, ...]:
    """The only row; `now()::date` is the day it is here, as for the bots, and not in UTC."""
    query = query.replace("now()::date", f"'{dt.datetime.now().astimezone().date()}'::date")
    with psycopg.connect(kitsu.database) as database:
        (row,) = database.execute(query.encode(), given).fetchall()
        return row


def person(kitsu: Connection, email: str) -> AbstractAsyncContextManager[Agent]:
    """A client that is signed in as a person."""
    return connected(None, KITSU_HOST=kitsu.host, KITSU_LOGIN=email, KITSU_PASSWORD=kitsu.password)


async def test_a_team_is_told_with_what_kitsu_shows_the_role_of_people(pristine: Connection) -> None:
    with psycopg.connect(pristine.database) as database:
        database.execute(
            "update person set phone = '+33 1', contract_type = 'freelance', daily_salary = 4242 "
            "where email = 'theo@example.com'"
        )
        team = {
            (name.strip(), "artist" if role == "user" else role)
            for name, role in database.execute(
                "select first_name || ' ' || last_name, coalesce(link.role, person.role) from project_person_link link "
                "join person on person.id = person_id join project on project.id = project_id "
                "where project.name = 'Robo Garden' and not is_bot and active"
            )
        }
    for role in ("admin", "manager", "supervisor", "vendor", "client"):
        async with connected(pristine, role=role) as agent:
            answer = await agent.ask("list_people", project="Robo Garden")
            assert {(row[0], row[1]) for row in answer["rows"]} == team, role
            sees = role in {"admin", "manager"}
            assert ("theo@example.com" in str(answer)) == ("+33 1" in str(answer)) == sees, role
            assert "4242" not in str(answer)
            told = await agent.ask("get_person", person="theo@example.com")
            assert (told["person"], "phone" in told) == ("Theo Marchand", sees)
            assert "4242" not in str(told)
            free = {"project": "Robo Garden", "contract": "freelance"}
            if sees:
                assert [row[0] for row in (await agent.ask("list_people", **free))["rows"]] == ["Theo Marchand"]
            else:
                assert "Kitsu shows to managers only" in await agent.refusal("list_people", **free)


async def test_the_studio_is_told_without_what_is_not_the_roles_to_know(kitsu: Connection) -> None:
    for role, outsiders in (("manager", True), ("vendor", False), ("client", False)):
        async with connected(kitsu, role=role) as agent:
            answer = await agent.ask("list_people")
            if not outsiders:
                for somebody in ("Super Admin", "Piet Jansen", "admin@example.com"):
                    refusal = await agent.refusal("get_person", person=somebody)
                    assert refusal.startswith(("No person ", "Nobody that you may see"))
                    assert "Super Admin" not in refusal.removeprefix(f"No person '{somebody}'")
                assert (await agent.ask("search", text="Piet Jansen", kinds=["person"]))["rows"] == []
            if role == "client":  # of whom Zou says nothing of anybody's departments
                assert "departments" not in answer["columns"]
                refusal = await agent.refusal("list_people", department="Animation")
                assert refusal.startswith("department: your role may not see them")
        assert any(row[0] == "Super Admin" for row in answer["rows"]) == outsiders
        assert "Secret Pilot" not in str(answer)
        assert "Bot" not in str(answer["rows"])


async def test_people_are_narrowed_counted_and_told_when_they_are_away(kitsu: Connection, client: Agent) -> None:
    first, last = one_row(kitsu, "select date, end_date from day_off")
    span = f"{first}..{last}"
    for place in ({}, {"project": "Robo Garden"}):
        away = await client.ask("list_people", away=f"{last}..", **place)
        assert [(row[0], span in row) for row in away["rows"]] == [("Aiko Hayashi", True)]
        none = await client.ask("list_people", away=str(last + dt.timedelta(days=1)), **place)
        assert none["rows"] == []
    left = await client.ask("list_people", left=True)
    assert [row[:2] for row in left["rows"]] == [["Piet Jansen", "artist"]]
    animators = await client.ask("list_people", project="Robo Garden", department="Animation", role=["artist"])
    counted = await client.ask("list_people", project="Robo Garden", group_by=["department", "role"])
    assert ["Animation", "artist", animators["total"]] in counted["rows"]
    assert "away: '2026-03-02..2026-03-01' ends before" in await client.refusal(
        "list_people", away="2026-03-02..2026-03-01"
    )
    assert "three years at most" in await client.refusal("list_people", away="2000-01-01..2030-01-01")


async def test_a_persons_work_is_that_of_the_database_and_of_each_role(kitsu: Connection) -> None:
    wanted = one_row(kitsu, TASKS, "theo@example.com")
    for role in ("manager", "supervisor", "user"):
        async with connected(kitsu, role=role) as agent:
            told = await agent.ask("get_person", person="Marchand, Theo", tasks=50)
            work = told["work"]
            found = (work["open"], work["late"], work.get("waiting for review", 0), work["done in 14 days"])
            assert found == wanted, role
            assert len(told["open"]["rows"]) == wanted[0]
            assert told["productions"] == ["Robo Garden", "Salt Harbour"]
    for role, said in (("vendor", "of your role Kitsu tells nothing"), ("client", "your role may not see assignees")):
        async with connected(kitsu, role=role) as agent:
            told = await agent.ask("get_person", person="Theo Marchand")
            assert "work" not in told
            assert any(one.startswith(said) for one in told["notes"])
    async with connected(kitsu, role="vendor") as agent:
        assert (await agent.ask("get_person"))["work"]["open"] == one_row(kitsu, TASKS, "vendor-bot@example.com")[0]


async def test_a_name_of_several_asks_and_one_of_nobody_is_refused(pristine: Connection) -> None:
    with psycopg.connect(pristine.database) as database:
        database.execute(
            "update person set first_name = 'Theo', last_name = 'Marchand' where email = 'sam@example.com'"
        )
    async with connected(pristine) as agent:
        assert "is not one person but 2: Theo Marchand~" in await agent.refusal("get_person", person="Theo Marchand")
        assert (await agent.ask("get_person", person="sam@example.com"))["person"].startswith("Theo Marchand~")
        assert "No person 'Nobody'" in await agent.refusal("get_person", person="Nobody")


async def test_what_waits_for_a_supervisors_check_and_what_mentions_somebody(pristine: Connection) -> None:
    async with person(pristine, "jonas@example.com") as agent:
        told = await agent.ask("get_person")
        assert told["to_check"]["total"] == one_row(pristine, TO_CHECK)[0]
        since = [row[2] for row in told["to_check"]["rows"]]
        assert since == sorted(since)
    with psycopg.connect(pristine.database) as database:
        database.execute("update notification set read = true where id::text < '8'")
    async with person(pristine, "theo@example.com") as agent:
        unread = await agent.ask("list_notifications", unread=True)
        before = snapshot(pristine.database)
        every = await agent.ask("list_notifications", limit=1000)
        await agent.ask("list_notifications", kinds=["mention"], since="7 days", subscribed=True)
        assert difference(before, snapshot(pristine.database)) == {}
    total, left = one_row(
        pristine,
        "select count(*), count(*) filter (where not read) from notification join task on task.id = task_id join "
        "project on project.id = task.project_id join person on person.id = notification.person_id "
        "where email = 'theo@example.com' and project.name in ('Robo Garden', 'Salt Harbour')",
    )
    assert (every["total"], every["unread"], unread["total"]) == (total, left, left)
    assert sum("unread" in row[6] for row in every["rows"]) == left
    async with connected(pristine) as agent:
        bot = await agent.ask("list_notifications")
    assert bot["rows"] == []
    assert bot["notes"][0].startswith("Kitsu tells this identity no notifications")


async def test_tasks_tell_since_when_they_are_in_their_status_and_who_set_it(kitsu: Connection, client: Agent) -> None:
    show = ["status since", "status by"]
    answer = await client.ask("list_tasks", under="Salt Harbour", status="retake", show=show, sort="-status since")
    with psycopg.connect(kitsu.database) as database:
        wanted = database.execute(
            "select distinct on (task.id) news.created_at, first_name || ' ' || last_name from news "
            "join task on task.id = news.task_id join person on person.id = author_id "
            "join project on project.id = task.project_id join task_status on "
            "task_status.id = task_status_id join entity on entity.id = entity_id where change and not canceled "
            "and project.name = 'Salt Harbour' and short_name = 'retake' order by task.id, news.created_at desc"
        ).fetchall()
    here = [(f"{at.replace(tzinfo=dt.UTC).astimezone():%Y-%m-%d %H:%M}", who) for at, who in wanted]
    assert [(row[4], row[5]) for row in answer["rows"]] == sorted(here, reverse=True)
    async with connected(kitsu, role="client") as agent:
        assert "your role may not see" in await agent.refusal("list_tasks", under="Salt Harbour", show=show)
