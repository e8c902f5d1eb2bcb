"""Lists in any order, and counted by what is alike: held to what the database counts."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from kitsu_tools.tracker.model import PRIORITIES
from kitsu_tools.tracker.statuses import ROLES
from support.client import connected

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kitsu_sandbox.lifecycle import Connection
    from support.client import Agent

pytestmark = pytest.mark.anyio

TASKS = """
with done as (
    select id from task_status where is_done or short_name in ('approved', 'omit', 'omitted', 'omt', 'cbo', 'na')
),
counted as (
    select task.*, entity.name as entity_name, entity.parent_id, entity.nb_frames,
        task.task_status_id not in (select id from done) as open,
        task.due_date < %(today)s and task.task_status_id not in (select id from done) as late
    from task join entity on entity.id = task.entity_id join project on project.id = entity.project_id
    where project.name = %(project)s and not entity.canceled
)
select {name}, count(*), count(*) filter (where open), count(*) filter (where late), sum(estimation)::int
from counted {joined} group by 1
"""
NAMES = {
    "task type": ("task_type.name", "join task_type on task_type.id = task_type_id"),
    "status": ("task_status.short_name", "join task_status on task_status.id = task_status_id"),
    "person": (
        "coalesce(trim(person.first_name || ' ' || person.last_name), 'nobody')",
        "left join task_person_link link on link.task_id = counted.id left join person on person.id = link.person_id",
    ),
    "department": (
        "coalesce(department.name, 'none')",
        "join task_type on task_type.id = task_type_id left join department on department.id = department_id",
    ),
    "priority": ("priority::text", ""),
    "week": ("coalesce(date_trunc('week', due_date)::date::text, 'none')", ""),
}
SHOTS = """
select sequence.name, count(*), sum(shot.nb_frames)::int,
    (select count(*) filter (where is_done) || '/' || count(*) from task
     join entity one on one.id = task.entity_id join task_status on task_status.id = task_status_id
     where one.parent_id = sequence.id and not one.canceled and task_type_id =
        (select id from task_type where name = 'Animation'))
from entity shot join entity sequence on sequence.id = shot.parent_id join project on project.id = shot.project_id
where project.name = 'Salt Harbour' and not shot.canceled
    and shot.entity_type_id = (select id from entity_type where name = 'Shot') group by sequence.id, sequence.name
"""


def rows_of(kitsu: Connection, query: str, **given: object) -> list[tuple[Any, ...]]:
    with psycopg.connect(kitsu.database) as database:
        return list(database.execute(query.encode(), given))


@pytest.mark.parametrize("project", ["Robo Garden", "Salt Harbour"])
@pytest.mark.parametrize("by", NAMES)
async def test_groups_count_and_add_what_the_database_does(
    kitsu: Connection, client: Agent, by: str, project: str
) -> None:
    name, joined = NAMES[by]
    today = dt.datetime.now(dt.UTC).date()
    expected = [
        list(row) for row in rows_of(kitsu, TASKS.format(name=name, joined=joined), project=project, today=today)
    ]
    if by == "priority":
        expected = [[PRIORITIES[int(one)], *rest] for one, *rest in expected]
    answer = await client.ask("list_tasks", under=project, group_by=[by], show=["estimate"], limit=1000)
    assert sorted(answer["rows"]) == sorted(expected)
    assert answer["columns"][1:] == ["tasks", "open", "overdue", "estimate (minutes)"]
    assert answer["under"] == project


async def test_groups_stand_in_their_own_order_or_in_the_one_asked_for(client: Agent) -> None:
    roles = await client.ask("list_tasks", under="Robo Garden", group_by="role")
    names = [row[0] for row in roles["rows"]]
    assert names == sorted(names, key=ROLES.index)
    weeks = [row[0] for row in (await client.ask("list_tasks", under="Robo Garden", group_by="week"))["rows"]]
    assert weeks == sorted(weeks)
    people = await client.ask("list_tasks", under="Robo Garden", group_by="person", sort=["-overdue", "person"])
    assert [row[0] for row in people["rows"]] != sorted(row[0] for row in people["rows"])
    assert people["rows"] == sorted(people["rows"], key=lambda row: (-row[3], row[0]))


async def test_two_keys_cut_each_group_of_the_first_and_pages_hold_each_once(client: Agent) -> None:
    question: dict[str, Any] = {"under": "Robo Garden", "group_by": ["sequence", "task type"]}
    whole = await client.ask("list_tasks", **question, limit=1000)
    alone = await client.ask("list_tasks", under="Robo Garden", group_by="sequence")
    for name, *counts in alone["rows"]:
        parts = [row[2:] for row in whole["rows"] if row[0] == name]
        assert [sum(column) for column in zip(*parts, strict=True)] == counts
    assert {"E01/SQ01", "none"} < {row[0] for row in alone["rows"]}
    pages: list[list[Any]] = []
    page: dict[str, Any] = {"next": ""}
    while len(pages) < whole["total"]:
        page = await client.ask("list_tasks", **question, limit=7, next=page["next"])
        pages += page["rows"]
    assert pages == whole["rows"]
    assert "next" not in page


async def test_episodes_group_what_belongs_to_them(client: Agent) -> None:
    answer = await client.ask("list_tasks", under="Robo Garden", group_by="episode")
    for name, count, *_ in answer["rows"][:-1]:
        below = await client.ask("list_tasks", under=f"Robo Garden/{name}", limit=1)
        assert below["total"] == count
    assert [row[0] for row in answer["rows"]] == ["E01", "E02", "none"]
    assert sum(row[1] for row in answer["rows"]) == answer["tasks"]


async def test_filters_narrow_what_is_counted(client: Agent) -> None:
    review = await client.ask("list_tasks", under="Robo Garden", status=["wfa"], group_by="person")
    listed = await client.ask("list_tasks", under="Robo Garden", status=["wfa"], limit=1000)
    assert review["tasks"] == listed["total"] == sum(row[1] for row in review["rows"])


def in_order(values: Iterable[Any], *, highest_first: bool) -> list[Any]:
    there = [one for one in values if one != ""]
    return sorted(there, reverse=highest_first) + [one for one in values if one == ""]


@pytest.mark.parametrize("highest_first", [False, True])
async def test_every_column_sorts_both_ways_and_what_has_no_value_comes_last(
    client: Agent, highest_first: bool
) -> None:
    for name in ("start", "done", "estimate", "priority", "last comment", "waiting since", "days late", "frames"):
        show: dict[str, Any] = {"under": "Robo Garden", "show": name, "limit": 1000}
        plain = await client.ask("list_tasks", **show)
        ordered = await client.ask("list_tasks", **show, sort=f"-{name}" if highest_first else name)
        cells = [row[4] for row in plain["rows"]]
        assert [row[4] for row in ordered["rows"]] == in_order(cells, highest_first=highest_first), name
        assert sorted(ordered["rows"], key=str) == sorted(plain["rows"], key=str)
        assert len(set(map(str, cells))) > 1, name
        again = {one: [row for row in plain["rows"] if row[4] == one] for one in cells}
        assert ordered["rows"] == [
            row for value in dict.fromkeys(row[4] for row in ordered["rows"]) for row in again[value]
        ]


async def test_what_waits_is_known_since_when_for_review_alone(kitsu: Connection, client: Agent) -> None:
    waiting = rows_of(
        kitsu,
        "select count(*), to_char(min(task.end_date), 'YYYY-MM-DD HH24:MI') from task "
        "join task_status on task_status.id = task_status_id join project on project.id = task.project_id "
        "join entity on entity.id = task.entity_id "
        "where is_feedback_request and task.end_date is not null and project.name = 'Robo Garden' and not canceled",
    )
    answer = await client.ask("list_tasks", under="Robo Garden", show="waiting since", sort="waiting since", limit=1000)
    known = [row for row in answer["rows"] if row[4]]
    assert [(len(known), known[0][4])] == waiting
    assert {row[1] for row in known} == {"wfa"}


async def test_days_late_count_from_the_due_date_of_open_tasks(client: Agent) -> None:
    overdue = await client.ask("list_tasks", under="Robo Garden", due="overdue", limit=1000)
    late = await client.ask("list_tasks", under="Robo Garden", show="days late", sort="-days late", limit=1000)
    today = dt.date.fromisoformat(overdue["today"][:10])
    counted = [row for row in late["rows"] if row[4] != ""]
    assert len(counted) == overdue["total"]
    assert all((today - dt.date.fromisoformat(row[3])).days == row[4] for row in counted)


async def test_shots_are_counted_by_sequence_with_frames_and_how_much_is_done(kitsu: Connection, client: Agent) -> None:
    answer = await client.ask("list_shots", under="Salt Harbour", group_by="sequence")
    animation = answer["columns"].index("Animation (done/all)")
    found = [(row[0], row[1], row[2], row[animation]) for row in answer["rows"]]
    assert sorted(found) == sorted(rows_of(kitsu, SHOTS))
    assert answer["columns"][:3] == ["sequence", "shots", "frames"]


async def test_groups_of_shots_come_in_the_order_of_what_is_done(client: Agent) -> None:
    answer = await client.ask("list_shots", under="Salt Harbour", group_by="sequence", sort="-Animation")
    animation = answer["columns"].index("Animation (done/all)")
    shares = [int(done) / int(every) for done, _, every in (row[animation].partition("/") for row in answer["rows"])]
    assert shares == sorted(shares, reverse=True)


async def test_shots_are_counted_by_the_statuses_of_a_task_type(client: Agent) -> None:
    answer = await client.ask("list_shots", under="Robo Garden/E01", group_by="Animation")
    for status, count, *_ in answer["rows"]:
        having = await client.ask("list_shots", under="Robo Garden/E01", where=[f"Animation={status}"], limit=1)
        assert having["total"] == count
    assert "Animation (done/all)" not in answer["columns"]


async def test_assets_are_counted_by_type_and_sorted_by_metadata(client: Agent) -> None:
    answer = await client.ask("list_assets", under="Robo Garden", group_by="asset type")
    for name, count, *_ in answer["rows"]:
        assert (await client.ask("list_assets", under=f"Robo Garden/{name}"))["total"] == count
    shots = await client.ask("list_shots", under="Robo Garden", sort=["-Animation", "-shot"], limit=1000)
    column = shots["columns"].index("Animation")
    assert {row[column] for row in shots["rows"][:1]} != {row[column] for row in shots["rows"][-1:]}


async def test_a_role_that_sees_no_plans_gets_none_out_of_an_order_or_a_group(kitsu: Connection) -> None:
    async with connected(kitsu, role="client") as client:
        for arguments in ({"group_by": "person"}, {"group_by": "week"}, {"sort": "due"}, {"sort": "-estimate"}):
            assert "your role may not see assignees" in await client.refusal(
                "list_tasks", under="Robo Garden", **arguments
            )
        answer = await client.ask("list_tasks", under="Robo Garden", group_by="task type")
        assert answer["columns"] == ["task type", "tasks", "open"]


@pytest.mark.parametrize(
    ("tool", "arguments", "complaint"),
    [
        ("list_tasks", {"group_by": ["colour"]}, "group_by.0: Input should be 'task type',"),
        ("list_tasks", {"group_by": ["role", "week", "status"]}, "group_by has 3 items; at most 2 are taken"),
        ("list_tasks", {"sort": ["colour"]}, "sort: there is no column 'colour'. There are: start, done,"),
        (
            "list_tasks",
            {"group_by": ["role"], "sort": ["due"]},
            "sort: there is no column 'due'. There are: role, tasks,",
        ),
        ("list_shots", {"group_by": ["asset type"]}, "group_by: there is no column 'asset type'. There are: sequence,"),
        ("list_assets", {"sort": ["-Sequence"]}, "sort: there is no column '-Sequence'. There are: asset, frames,"),
    ],
)
async def test_what_cannot_be_grouped_or_sorted_by_is_named(
    client: Agent, tool: str, arguments: dict[str, Any], complaint: str
) -> None:
    assert (await client.refusal(tool, under="Robo Garden", **arguments)).startswith(complaint)
