"""The seeded productions hold what they promise, and Kitsu serves it to every role."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg import sql

from kitsu_sandbox.keys import ROLES
from support.api import Answer, ask
from support.database import snapshot

if TYPE_CHECKING:
    from kitsu_sandbox.lifecycle import Connection, Sandbox

BOARDS = ("shots", "assets", "sequences", "episodes", "edits", "concepts")
REFUSED = {("client", "concepts"), ("vendor", "concepts")}
SMALL = ("Salt Harbour", "Robo Garden")


@pytest.fixture(scope="module")
def projects(kitsu: Connection) -> dict[str, str]:
    return {row["name"]: row["id"] for row in read(kitsu, "data/projects").body}


def read(kitsu: Connection, path: str, role: str = "admin") -> Answer:
    return ask(kitsu.host, path, kitsu.token(role))


def rows(kitsu: Connection, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(kitsu.database) as connection:
        return connection.execute(query.encode()).fetchall()


@pytest.mark.parametrize("role", ROLES)
def test_every_board_answers_every_role_that_may_read_it(
    kitsu: Connection, projects: dict[str, str], role: str
) -> None:
    for name in SMALL:
        for board in BOARDS:
            answer = read(kitsu, f"data/{board}/with-tasks?project_id={projects[name]}", role)
            assert answer.status == (403 if (role, board) in REFUSED else 200), (name, board)
        for board in ("shots", "assets"):
            answer = read(kitsu, f"data/{board}/with-tasks?project_id={projects[name]}&compact=true", role)
            assert answer.status == 200
            assert {"task_fields"} <= answer.body.keys()


@pytest.mark.parametrize("role", ROLES)
def test_each_role_sees_the_productions_of_its_team(kitsu: Connection, role: str) -> None:
    names = {row["name"] for row in read(kitsu, "data/projects/open", role).body}
    assert names == {*SMALL, "Secret Pilot"} if role == "admin" else set(SMALL)


def test_a_closed_production_is_not_among_the_open_ones(kitsu: Connection, projects: dict[str, str]) -> None:
    assert "Old Reel" in projects
    assert "Old Reel" not in {row["name"] for row in read(kitsu, "data/projects/open").body}


def test_every_tasks_comments_are_served_and_end_in_its_status(kitsu: Connection, projects: dict[str, str]) -> None:
    for name in SMALL:
        tasks = read(kitsu, f"data/projects/{projects[name]}/tasks?page=1&limit=1000").body["data"]
        for task in tasks[::10]:
            answer = read(kitsu, f"data/tasks/{task['id']}/comments")
            assert answer.status == 200
            if answer.body:
                assert answer.body[0]["task_status_id"] == task["task_status_id"]


def test_what_zou_derives_from_comments_and_time_agrees_with_them(kitsu: Connection) -> None:
    wrong = """
      select task.id from task join task_status status on status.id = task_status_id
      left join lateral (
        select max(created_at) as latest,
               (array_agg(comment.task_status_id order by created_at desc))[1] as last_status
        from comment where object_id = task.id) history on true
      left join lateral (
        select coalesce(sum(duration), 0) as minutes from time_spent where task_id = task.id) spent on true
      where last_comment_date is distinct from latest or duration <> minutes
         or (latest is not null and last_status <> task_status_id)
         or (status.is_done <> (done_date is not null))
         or (latest is null and status.short_name not in ('todo', 'neutral'))
         or latest > now()"""
    assert rows(kitsu, wrong) == []


def test_no_row_refers_to_one_that_is_not_there(kitsu: Connection) -> None:
    keys = rows(
        kitsu,
        """select con.conrelid::regclass::text, mine.attname, con.confrelid::regclass::text, theirs.attname
           from pg_constraint con
           join pg_attribute mine on mine.attrelid = con.conrelid and mine.attnum = con.conkey[1]
           join pg_attribute theirs on theirs.attrelid = con.confrelid and theirs.attnum = con.confkey[1]
           where con.contype = 'f'""",
    )
    assert len(keys) > 100
    with psycopg.connect(kitsu.database) as connection:
        for table, column, target, key in keys:
            query = sql.SQL(
                "select count(*) from {0} where {1} is not null and {1} not in (select {3} from {2})"
            ).format(*map(sql.Identifier, (table, column, target, key)))
            assert connection.execute(query).fetchone() == (0,), (table, column)


def test_previews_are_pictures_and_movies_that_kitsu_serves(kitsu: Connection) -> None:
    previews = read(kitsu, "data/preview-files").body
    assert Counter(preview["extension"] for preview in previews) == {"png": 17, "mp4": 2}
    for preview in previews:
        assert preview["status"] == "ready"
        for size in ("thumbnails", "previews", "originals"):
            picture = read(kitsu, f"pictures/{size}/preview-files/{preview['id']}.png")
            assert (picture.status, picture.content_type) == (200, "image/png")
        if preview["extension"] == "mp4":
            movie = read(kitsu, f"movies/originals/preview-files/{preview['id']}.mp4")
            assert (movie.status, movie.content_type) == (200, "video/mp4")


def test_tasks_stand_at_every_status(kitsu: Connection) -> None:
    unused = "select short_name from task_status where id not in (select task_status_id from task)"
    assert rows(kitsu, unused) == []


def test_the_hard_cases_are_there(kitsu: Connection) -> None:
    twins = "select name, count(*) from entity group by name, project_id, entity_type_id having count(*) > 1 and "
    assert rows(kitsu, f"{twins} min(parent_id::text) is null and name = 'Rope coil'") == [("Rope coil", 2)]
    names = {name for (name,) in rows(kitsu, "select name from entity where name like '%/%' or name like '%\\%%'")}
    assert names == {"Boots/left", "SH0045/alt", "Fog 100%"}
    assert {name for (name,) in rows(kitsu, "select name from entity where canceled")} == {"SH0030", "Old anchor"}
    assert rows(kitsu, "select name from task_status where archived") == [("Old hold",)]
    assert rows(kitsu, "select first_name from person where not active") == [("Piet",)]
    assert rows(kitsu, "select count(*) from comment where text like 'Ignore previous instructions%'") == [(1,)]
    assert rows(kitsu, "select count(*) from status_automation where out_field_type = 'ready_for'") == [(2,)]
    assert rows(kitsu, "select count(*) from task where name = 'second pass'") == [(1,)]


def test_one_sequence_waits_for_twelve_approvals(kitsu: Connection) -> None:
    waiting = """
      select count(*) from task join entity shot on shot.id = entity_id
      join entity sequence on sequence.id = shot.parent_id
      join entity episode on episode.id = sequence.parent_id join task_type on task_type.id = task_type_id
      join task_status status on status.id = task_status_id
      where (episode.name, sequence.name, task_type.name, status.short_name) = ('E01', 'SQ01', 'Animation', 'wfa')"""
    assert rows(kitsu, waiting) == [(12,)]


def test_some_open_tasks_are_overdue_and_some_due_today(kitsu: Connection, sandbox: Sandbox) -> None:
    anchor = sandbox.status().anchor
    assert anchor
    due = "select due_date::date from task join task_status s on s.id = task_status_id where not is_done"
    days = Counter(day for (day,) in rows(kitsu, due))
    assert days[anchor] >= 5
    assert sum(count for day, count in days.items() if day and day < anchor) >= 5


@pytest.mark.parametrize("person", ["admin", "mara", "jonas", "theo", "clara", "dev"])
def test_people_sign_in_with_the_sandbox_password(kitsu: Connection, person: str) -> None:
    body = {"email": f"{person}@example.com", "password": kitsu.password}
    answer = ask(kitsu.host, "auth/login", method="POST", body=body)
    assert (answer.status, answer.body["login"]) == (200, True)


def test_client_playlists_and_castings_are_served(kitsu: Connection, projects: dict[str, str]) -> None:
    playlists = read(kitsu, f"data/projects/{projects['Salt Harbour']}/playlists", "client").body
    assert [playlist["name"] for playlist in playlists] == ["Client review 1"]
    harbour = rows(kitsu, "select id from entity where name = 'Harbour'")[0][0]
    casting = read(kitsu, f"data/assets/{harbour}/casting").body
    assert Counter({link["asset_name"]: link["nb_occurences"] for link in casting}) == {
        "Rowing boat": 3,
        "Rope coil": 8,
        "Boots/left": 1,
    }


def test_seeding_again_writes_the_same_rows_dated_by_the_anchor(sandbox: Sandbox, kitsu: Connection) -> None:
    tables = ("project", "entity", "task", "comment", "entity_link", "preview_file", "playlist", "person")
    today = sandbox.status().anchor
    assert today
    before = snapshot(kitsu.database)
    try:
        sandbox.seed(anchor=today - dt.timedelta(days=7))
        earlier = snapshot(kitsu.database)
        assert {table: earlier[table].keys() for table in tables} == {table: before[table].keys() for table in tables}
        for key, task in earlier["task"].items():
            assert days_between(task["due_date"], before["task"][key]["due_date"]) == 7
    finally:
        sandbox.seed(anchor=today)


def days_between(first: str | None, second: str | None) -> int:
    assert first
    assert second
    return (dt.datetime.fromisoformat(second) - dt.datetime.fromisoformat(first)).days
