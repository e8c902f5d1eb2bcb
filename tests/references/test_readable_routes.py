"""Every route that `read_api` may read, driven with real ids as every role that may: no row of the database differs,
and nothing is told that is nobody's to see.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from kitsu_tools.endpoints.readable import ROUTES, Route
from kitsu_tools.endpoints.specification import PLACEHOLDER, shipped
from references.studio import Studio
from support.client import connected
from support.held import nothing_written

if TYPE_CHECKING:
    from kitsu_sandbox.lifecycle import Connection

pytestmark = pytest.mark.anyio

EACH = 3
"""So many ids stand in for a placeholder, one after the other: what a handler writes may hang on what is there."""

_SALARY = "987654"
_SECRETS = """
select password::text from person union select jti from person union select id::text from project
where name = 'Secret Pilot' union select entity.id::text from entity join project on project.id = project_id
where project.name = 'Secret Pilot' union select 'Secret Pilot'
"""
_EMAILS = "select email from person where email is not null"

_KINDS = {
    "shot_id": "Shot",
    "sequence_id": "Sequence",
    "episode_id": "Episode",
    "edit_id": "Edit",
    "concept_id": "Concept",
    "scene_id": "Scene",
    "asset_id": "Prop",
}
_OF_KIND = """
select entity.id from entity join entity_type type on type.id = entity_type_id join project on project.id = project_id
where type.name = %s and project.name in ('Robo Garden', 'Salt Harbour') order by entity.name, entity.id
"""
_COMMENTS = "select task.id, comment.id from comment join task on task.id = object_id limit 3"
_TABLES = {
    "asset_type_id": "entity_type where name in ('Prop', 'Character')",
    "department_id": "department",
    "entity_id": "entity where project_id in (select id from project where name in ('Robo Garden', 'Salt Harbour'))",
    "metadata_descriptor_id": "metadata_descriptor",
    "news_id": "news",
    "person_id": "person",
    "playlist_id": "playlist",
    "production_schedule_version_id": "production_schedule_version",
    "project_id": "project where name in ('Robo Garden', 'Salt Harbour')",
    "project_template_id": "project_template",
    "task_id": "task where project_id in (select id from project where name = 'Salt Harbour')",
    "task_type_id": "task_type",
}
"""What other placeholders are ids of; `instance_id` is one of the table that the route is called like."""


def made_ready(kitsu: Connection) -> None:
    """What the sandbox has nothing of."""
    studio = Studio(kitsu)
    salt = studio.projects["Salt Harbour"]
    sequence = studio.get(f"data/projects/{salt}/sequences")[0]["id"]
    scene = studio.post(f"data/projects/{salt}/scenes", {"name": "SC01", "sequence_id": sequence})["id"]
    assert scene
    with psycopg.connect(kitsu.database) as database:
        database.execute(f"update person set daily_salary = {_SALARY}".encode())
    for path, body in {
        "data/softwares": {"name": "Blender", "short_name": "bl", "file_extension": "blend"},
        "data/hardware-items": {"name": "Workstation", "short_name": "ws"},
        "data/studios": {"name": "Elsewhere", "color": "#ffffff"},
        "data/output-types": {"name": "Cache", "short_name": "ch"},
        "data/file-status": {"name": "Published", "color": "#ffffff"},
        "data/project-templates": {"name": "Short", "fps": "24"},
        "data/production-schedule-versions": {"name": "First", "project_id": salt},
    }.items():
        studio.post(path, body)


def ids(database: psycopg.Connection, route: Route, name: str) -> list[str]:
    """Real ids for a placeholder of a route."""
    if name in _KINDS:
        found = database.execute(_OF_KIND.encode(), [_KINDS[name]]).fetchall()
    else:
        called = route.parts[1].replace("-", "_")
        table = _TABLES.get(name) or {
            "entities": _TABLES["entity_id"],
            "persons": "person",
            "departments": "department",
            "projects": _TABLES["project_id"],
            "playlists": "playlist",
            "status_automations": "status_automation",
            "file_status": "file_status",
            "task_status": "task_status",
            "project_status": "project_status",
        }.get(called, called.removesuffix("s"))
        found = database.execute(f"select id from {table}".encode()).fetchall()
    return [str(one) for (one,) in found][:EACH]


def texts(database: psycopg.Connection, query: str) -> list[list[str]]:
    return [[str(cell) for cell in row if cell] for row in database.execute(query.encode()).fetchall()]


def calls(database: psycopg.Connection, route: Route) -> list[dict[str, Any]]:
    """The arguments of calls of this route: with each of some ids, and with its query."""
    names = PLACEHOLDER.findall(route.path)
    if "comment_id" in names:
        return [{"path": route.filled(dict(zip(names, pair, strict=True)))} for pair in texts(database, _COMMENTS)]
    values = [ids(database, route, name) for name in names]
    assert all(values), (route.path, dict(zip(names, values, strict=True)))
    query: dict[str, Any] = {one: ids(database, route, one)[0] for one in route.required}
    filled = [route.filled(dict(zip(names, each, strict=True))) for each in itertools.product(*values)][:EACH]
    asked = [{"path": path, "query": query} for path in filled]
    more = {"page": 1, "limit": 2, "relations": True, "name": "nothing"}
    return [*asked, {"path": filled[0], "query": query | {k: v for k, v in more.items() if k in route.query}}]


def test_each_is_a_documented_get_of_which_nothing_is_known_to_write() -> None:
    known = {one.path: one.note for one in shipped().endpoints if one.method == "GET"}
    assert [one.path for one in ROUTES if one.path not in known or known[one.path].startswith("Writes")] == []
    assert len({one.path for one in ROUTES}) == len(ROUTES)


async def test_none_writes_a_row_or_tells_what_is_nobodys_and_each_answers(pristine: Connection) -> None:
    made_ready(pristine)
    with psycopg.connect(pristine.database) as database:
        asked = {route.path: calls(database, route) for route in ROUTES}
        secrets = {cell for row in texts(database, _SECRETS) for cell in row}
        emails = {cell for row in texts(database, _EMAILS) for cell in row}
    answered: set[str] = set()
    for role in ("admin", "manager", "supervisor", "user"):
        told = ""
        async with connected(pristine, role=role) as client:
            with nothing_written(pristine):
                for path, each in asked.items():
                    for arguments in each if role == "admin" else each[:1]:
                        said = await client.call("read_api", **arguments)
                        told += str(said.content)
                        answered |= set() if said.is_error else {path}
        hidden = secrets if role != "admin" else set(filter(lambda one: len(one) > 40, secrets))
        hidden |= {_SALARY} | (emails if role in {"supervisor", "user"} else set())
        assert [one for one in hidden if one in told] == [], role
    assert set(asked) - answered == set()
