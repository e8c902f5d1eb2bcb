"""Comments of many tasks: as the database has them, and hidden from each role as in the thread of each task."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from support.client import connected

if TYPE_CHECKING:
    from kitsu_sandbox.lifecycle import Connection
    from support.client import Agent

pytestmark = pytest.mark.anyio

COMMENTS = """
select trim(first_name || ' ' || last_name), count(*) from comment join task on task.id = object_id
join project on project.id = task.project_id join entity on entity.id = entity_id
join person on person.id = comment.person_id
where project.name = %s and not canceled and comment.created_at >= %s and (%s or person.role <> 'client')
group by 1
"""
EVER = "2020-01-01"


async def test_comments_since_a_moment_are_those_of_the_database(kitsu: Connection) -> None:
    for role in ("manager", "user"):
        async with connected(kitsu, role=role) as agent:
            for project in ("Salt Harbour", "Robo Garden"):
                for since in ("2026-01-01", "14 days"):
                    with psycopg.connect(kitsu.database) as database:
                        ((start,),) = database.execute(
                            "select case when %s then '2026-01-01' else now() at time zone 'utc' - interval '14 d' end",
                            (since != "14 days",),
                        )
                        wanted = dict(database.execute(COMMENTS, (project, start, role == "manager")).fetchall())
                    said = await agent.ask("list_comments", under=project, since=since, group_by="person", limit=1000)
                    assert {row[0]: row[1] for row in said["rows"]} == wanted, (role, project, since)
                    assert said["comments"] == sum(wanted.values())


async def test_each_role_is_told_what_the_threads_of_the_tasks_tell_it(pristine: Connection) -> None:
    """By task for few, by the production's comments where there are more than a few (since a moment)."""
    here = (
        "from task join entity shot on shot.id = entity_id join entity parent on parent.id = shot.parent_id "
        "join entity episode on episode.id = parent.parent_id where parent.name = 'SQ02' and episode.name = 'E01'"
    )
    with psycopg.connect(pristine.database) as database:
        database.execute(
            "update comment set for_client = id::text > '8', person_id = (select id from person where email = "
            f"'clara@example.com') where id::text > '5' and object_id in (select task.id {here})"
        )
        database.execute(
            f"insert into task_person_link (task_id, person_id) select task.id, (select id from person where email = "
            f"'vendor-bot@example.com') {here} on conflict do nothing"
        )
    under = "Robo Garden/E01/SQ02"
    seen: dict[str, int] = {}
    for role in ("supervisor", "user", "vendor", "client"):
        async with connected(pristine, role=role) as agent:
            tasks = [row[0] for row in (await agent.ask("list_tasks", under=under, limit=200))["rows"]]
            threads = {one: (await agent.ask("get_task", task=f"{under}/{one}", comments=200)) for one in tasks[::3]}
            wanted = sorted((one, *row[:4]) for one, told in threads.items() for row in told.get("comments", ()))
            for since in ("", EVER):
                said = await agent.ask("list_comments", under=under, since=since, limit=1000, characters=4000)
                found = sorted(tuple(row[:5]) for row in said["rows"] if row[0] in threads)
                assert found == wanted, (role, since)
            seen[role] = len(wanted)
    assert seen["supervisor"] > seen["user"] > 0
    assert 0 < seen["client"] < seen["supervisor"]
    assert seen["vendor"] == seen["user"]


async def test_pinned_ones_come_first_with_their_files_and_revisions(pristine: Connection) -> None:
    task = "Salt Harbour/SQ010/SH0020:Animation"
    with psycopg.connect(pristine.database) as database:
        first = (
            "select comment.id from comment join task on task.id = object_id join entity on entity.id = entity_id join "
            "task_type on task_type.id = task_type_id join entity parent on parent.id = entity.parent_id where "
            "parent.name = 'SQ010' and entity.name = 'SH0020' and task_type.name = 'Animation' "
            "order by comment.created_at limit 1"
        )
        ((pinned,),) = database.execute(first)
        database.execute("update comment set pinned = true, text = %s where id = %s", ("long " * 200, pinned))
        database.execute(
            "insert into attachment_file (id, name, size, extension, mimetype, comment_id) values "
            "(%s, 'brief.pdf', 1200000, 'pdf', 'application/pdf', %s)",
            (uuid.uuid4(), pinned),
        )
    async with connected(pristine) as agent:
        answers = [
            await agent.ask("list_comments", under=task, characters=100),
            await agent.ask("list_comments", under="Salt Harbour", since=EVER, characters=100, limit=200),
        ]
        told = await agent.ask("get_task", task=task)
    assert answers[0]["under"] == task
    assert told["comments_total"] == answers[0]["total"]
    for answer, name in zip(answers, ("", "SQ010/SH0020:Animation"), strict=True):
        cells = [
            dict(zip((one.partition(" (")[0] for one in answer["columns"]), row, strict=True)) for row in answer["rows"]
        ]
        its = [one for one in cells if one.get("task", "") == name]
        assert cells[0] == its[0]
        assert (its[0]["marks"], its[0]["attached"]) == ("pinned", ["brief.pdf (pdf, 1.2 MB)"])
        assert len(its[0]["text"]) < 130
        assert [one["preview"] for one in its] == ["", "v1", ""]


async def test_who_is_mentioned_and_what_status_was_set_narrow_the_list(kitsu: Connection, client: Agent) -> None:
    mentioned = await client.ask("list_comments", under="Salt Harbour", mentions="Mara Okafor")
    assert [row[4] for row in mentioned["rows"]] == ["@Mara Okafor the lamp colour needs your call"]
    retakes = await client.ask(
        "list_comments", under="Salt Harbour", statuses="retake", people="Jonas Feld", group_by="status"
    )
    with psycopg.connect(kitsu.database) as database:
        ((count,),) = database.execute(
            "select count(*) from comment join task on task.id = object_id join entity on entity.id = entity_id join "
            "project on project.id = task.project_id join task_status on task_status.id = comment.task_status_id join "
            "person on person.id = comment.person_id where project.name = 'Salt Harbour' and not canceled and "
            "short_name = 'retake' and person.last_name = 'Feld'"
        )
    assert retakes["comments"] == count > 0


async def test_a_list_that_grows_while_it_is_paged_misses_nothing_and_says_so(pristine: Connection) -> None:
    asked = {"under": "Salt Harbour/SQ010", "limit": 20}
    async with connected(pristine) as agent:
        page = await agent.ask("list_comments", **asked)
        seen, notes, total = [*page["rows"]], list[str](), page["total"]
        with psycopg.connect(pristine.database) as database:
            database.execute(
                "insert into comment (id, object_id, object_type, text, task_status_id, person_id, created_at, "
                "updated_at, pinned) select gen_random_uuid(), object_id, 'Task', 'new', comment.task_status_id, "
                "person_id, now() at time zone 'utc', now() at time zone 'utc', false from comment "
                "join task on task.id = object_id join entity on entity.id = entity_id where entity.name = 'SH0010'"
            )
        while "next" in page:
            page = await agent.ask("list_comments", **asked, next=page["next"])
            seen, notes = [*seen, *page["rows"]], [*notes, *page.get("notes", ())]
    assert len({tuple(map(str, row)) for row in seen}) == total
    assert any(one.startswith("The list changed since the page before") for one in notes)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"since": "2026-03-02..2026-03-01"}, "since: '2026-03-02..2026-03-01' ends before it begins."),
        ({"since": "soon"}, "since: 'soon' is no moment."),
        ({"since": "..later"}, "since: 'later' is no moment."),
        ({"people": ["Nobody"]}, "No person 'Nobody'."),
        ({"mentions": "nobody@example.com"}, "Nobody that you may see has the e-mail 'nobody@example.com'."),
        ({"under": "Salt Harbour/SQ999"}, ""),
    ],
)
async def test_what_cannot_be_meant_is_refused(client: Agent, arguments: dict[str, Any], complaint: str) -> None:
    assert complaint in await client.refusal("list_comments", **{"under": "Salt Harbour"} | arguments)


async def test_odd_periods_are_answered(client: Agent) -> None:
    for since in ("10000000 weeks", "0001-01-01", "..9999-12-31", "0001-01-01..9999-12-31", "2000-01-01..today"):
        said = await client.ask("list_comments", under="Salt Harbour/SQ010/SH0020:Animation", since=since)
        assert said["total"] == 3, since
