"""Productions: which are listed for whom, and counts that agree with the database."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from kitsu_tools.tracker.visibility import ASSIGNED_ONLY
from support.client import connected

if TYPE_CHECKING:
    from kitsu_sandbox.lifecycle import Connection, Sandbox
    from support.client import Agent, Mode

pytestmark = pytest.mark.anyio

ROLE_OF = {
    "todo": "todo",
    "neutral": "todo",
    "ready": "ready",
    "wip": "wip",
    "wfa": "waiting for review",
    "retake": "retake",
    "done": "done",
    "approved": "done",
    "hold": "on hold",
    "omit": "omitted",
    "oldhold": "other",
    "rejected": "other",
}
TASKS_BY_STATUS = """
select task_type.for_entity, task_type.name, task_status.short_name, count(*)
from task join task_type on task_type.id = task.task_type_id join task_status on task_status.id = task.task_status_id
join entity on entity.id = task.entity_id join project on project.id = entity.project_id
where project.name = %s and not entity.canceled group by 1, 2, 3
"""
ENTITIES_BY_KIND = """
select case when entity_type.name in ('Shot', 'Sequence', 'Episode', 'Edit', 'Concept') then lower(entity_type.name)
            else 'asset' end as kind, count(*) filter (where not canceled), count(*) filter (where canceled)
from entity join entity_type on entity_type.id = entity.entity_type_id join project on project.id = entity.project_id
where project.name = %s group by 1
"""


def rows(kitsu: Connection, query: str, *values: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(kitsu.database) as connection:
        return connection.execute(query.encode(), values).fetchall()


def progress(answer: dict[str, Any]) -> dict[tuple[str, str], dict[str, int]]:
    """The rows of get_project as (entity, task type) to role to count, zeros left out."""
    roles = answer["columns"][2:]
    return {
        (of, name): {role: count for role, count in zip(roles, counts, strict=True) if count}
        for of, name, *counts in answer["rows"]
    }


def days_from(sandbox: Sandbox, *days: int) -> list[str]:
    anchor = sandbox.status().anchor
    assert anchor is not None
    return [(anchor + dt.timedelta(days=day)).isoformat() for day in days]


async def test_open_productions_of_the_team_are_listed(sandbox: Sandbox, client: Agent) -> None:
    answer = await client.ask("list_projects")
    assert answer == {
        "columns": ["project", "type", "start", "end", "team size"],
        "rows": [
            ["Robo Garden", "tvshow", *days_from(sandbox, -90, 300), 17],
            ["Salt Harbour", "short", *days_from(sandbox, -60, 120), 17],
        ],
        "total": 2,
    }


async def test_an_admin_lists_closed_productions_too(sandbox: Sandbox, kitsu: Connection, mode: Mode) -> None:
    async with connected(kitsu, role="admin", mode=mode) as client:
        answer = await client.ask("list_projects", closed=True)
    assert answer["columns"] == ["project", "type", "start", "end", "team size", "state"]
    assert answer["rows"][-1] == ["Old Reel", "short", *days_from(sandbox, -700, -400), "?", "closed"]
    assert [row[0] for row in answer["rows"]] == ["Robo Garden", "Salt Harbour", "Secret Pilot", "Old Reel"]
    assert "notes" not in answer


async def test_productions_come_in_pages(client: Agent) -> None:
    whole = await client.ask("list_projects")
    first = await client.ask("list_projects", limit=1)
    second = await client.ask("list_projects", limit=1, next=first["next"])
    assert first["rows"] + second["rows"] == whole["rows"]
    assert "next" not in second


async def test_who_is_no_admin_is_told_that_closed_productions_are_not_shown(kitsu: Connection) -> None:
    async with connected(kitsu, role="manager") as client:
        answer = await client.ask("list_projects", closed=True)
    assert [row[0] for row in answer["rows"]] == ["Robo Garden", "Salt Harbour"]
    assert answer["notes"] == ["closed productions are left out: Kitsu lists them for admins only"]


@pytest.mark.parametrize("project", ["Salt Harbour", "Robo Garden"])
async def test_counts_equal_the_databases(kitsu: Connection, client: Agent, project: str) -> None:
    """Shots, assets, sequences, episodes, edits and concepts; what is omitted is left out."""
    expected: dict[tuple[str, str], Counter[str]] = {}
    for of, name, short, count in rows(kitsu, TASKS_BY_STATUS, project):
        expected.setdefault((of, name), Counter())[ROLE_OF[short]] += count
    entities = rows(kitsu, ENTITIES_BY_KIND, project)
    answer = await client.ask("get_project", project=project)
    assert progress(answer) == {key: {**counts, "total": counts.total()} for key, counts in expected.items()}
    assert answer["entities"] == {f"{kind}s": standing for kind, standing, _ in entities if standing} | (
        {"omitted": omitted} if (omitted := sum(one[2] for one in entities)) else {}
    )
    assert "uncounted" not in answer


async def test_a_production_is_told_in_full(sandbox: Sandbox, kitsu: Connection) -> None:
    async with connected(kitsu, KITSU_TIMEZONE="Europe/Paris") as client:
        answer = await client.ask("get_project", project="robo garden")
    (start, end), today = days_from(sandbox, -90, 300), answer.pop("today")
    assert today.endswith(" Europe/Paris")
    assert dt.date.fromisoformat(today.split()[0])
    del answer["columns"], answer["rows"]
    assert answer == {
        "project": "Robo Garden",
        "type": "tvshow",
        "start": start,
        "end": end,
        "fps": "25",
        "resolution": "1920x1080",
        "hours_by_day": 8,
        "team_size": 17,
        "entities": {"episodes": 2, "sequences": 4, "shots": 27, "assets": 10, "edits": 2, "concepts": 1},
        "statuses": {
            "todo": "Todo (todo)",
            "wip": "Work In Progress (wip)",
            "wfa": "Waiting For Approval (waiting for review)",
            "retake": "Retake (retake)",
            "done": "Done (done)",
            "ready": "Ready To Start (ready)",
            "neutral": "Neutral (todo)",
            "approved": "Approved (done)",
            "rejected": "Rejected (other)",
            "hold": "On Hold (on hold)",
            "omit": "Omitted (omitted)",
        },
        "metadata_columns": {
            "Shot": ["Difficulty", "Nb characters", "Stereo", "Lens", "Delivery"],
            "Asset": ["Approved by director", "Vendor", "Poly budget", "Reference", "Checks"],
        },
    }


@pytest.mark.parametrize("role", ["client", "vendor"])
async def test_what_a_role_may_not_see_is_named_as_uncounted(kitsu: Connection, role: str, mode: Mode) -> None:
    async with connected(kitsu, role=role, mode=mode) as client:
        answer = await client.ask("get_project", project="Robo Garden")
    assert answer["uncounted"] == ["concepts: your role may not see them"]
    assert answer.get("notes", []) == ([ASSIGNED_ONLY] if role == "vendor" else [])
    assert ("Concept", "Concept") not in progress(answer)
    assert "concepts" not in answer["entities"]


async def test_the_operators_status_roles_count(kitsu: Connection) -> None:
    async with connected(kitsu, KITSU_STATUS_ROLES="rejected=retake, Old Hold=on hold") as client:
        answer = await client.ask("get_project", project="Robo Garden")
    assert answer["statuses"]["rejected"] == "Rejected (retake)"
    assert progress(answer)["Concept", "Concept"] == {"retake": 1, "total": 1}
    assert "other" not in answer["columns"]


@pytest.mark.parametrize("name", ["", "SH", "salt", "  Salt Harbour "])
async def test_the_default_production_a_code_a_part_and_loose_blanks_are_understood(
    kitsu: Connection, name: str
) -> None:
    async with connected(kitsu, KITSU_PROJECT="Salt Harbour") as client:
        assert (await client.ask("get_project", project=name))["project"] == "Salt Harbour"


async def test_a_closed_production_is_told_when_named(kitsu: Connection) -> None:
    async with connected(kitsu, role="admin") as client:
        answer = await client.ask("get_project", project="Old Reel")
        studio = await client.ask("get_studio", project="Old Reel", sections=["task types"])
        load = await client.ask("get_workload", under="Old Reel")
    with psycopg.connect(kitsu.database) as database:
        of = "where project_id = (select id from project where name = 'Old Reel')"
        ((team, types),) = database.execute(
            f"select (select count(*) from project_person_link {of}), "
            f"(select count(*) from project_task_type_link {of})".encode()
        )
    assert (answer["team_size"], len(studio["task_types"]["rows"])) == (team, types)
    assert "Mara Okafor" in [row[0] for row in load["rows"]]
    assert answer["state"] == "closed"
    assert progress(answer)["Shot", "Animation"] == {"done": 1, "total": 1}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Salt Harbor", "No production 'Salt Harbor' that you may see. Did you mean Salt Harbour?"),
        ("Nautilus", "No production 'Nautilus' that you may see. There are: Robo Garden, Salt Harbour."),
        ("a", "'a' is not one production but 2: Robo Garden, Salt Harbour. Name one in full."),
        ("", "Name a production: Robo Garden, Salt Harbour."),
        (
            "00000000-0000-4000-8000-000000000000",
            "No production has the id 00000000-0000-4000-8000-000000000000. list_projects shows those you may see.",
        ),
        ("Secret Pilot", "No production 'Secret Pilot' that you may see. There are: Robo Garden, Salt Harbour."),
    ],
)
async def test_a_production_that_is_none_or_several_is_answered_with_candidates(
    client: Agent, name: str, text: str
) -> None:
    assert await client.refusal("get_project", project=name) == text
