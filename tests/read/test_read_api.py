"""Raw answers: nothing but the routes that may be read is ever asked for, and nothing is told that is not to be seen.

That none of them writes, tests/references/test_readable_routes.py holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from kitsu_tools.tracker.raw import ROLE_HIDDEN
from support.api import ask
from support.client import connected
from support.doing import do
from support.faults import fault_proxy

if TYPE_CHECKING:
    from kitsu_sandbox.lifecycle import Connection
    from support.client import Agent

pytestmark = pytest.mark.anyio

NOBODYS = "00000000-0000-4000-8000-000000000000"
OF_PROJECT = "select id from task where project_id = '{}'"
SMUGGLED = (
    "auth/logout",
    "/api/auth/logout",
    "data/projects/../auth/logout",
    "data/projects/%2e%2e/auth/logout",
    "data/./projects",
    "data//projects",
    "data/projects/",
    "//evil.example.com/data/projects",
    "https://evil.example.com/api/data/projects",
    "\\\\evil.example.com\\data",
    "evil.example.com/data/projects",
    "@evil.example.com/data/projects",
    "data/projects?relations=true",
    "data/projects#x",
    "data/projects\r\nX-Header: 1",
    "data/\tprojects",
    f"data/tasks/{NOBODYS}/comments?x=1",
    f"data/tasks/{NOBODYS}%2Fcomments",
    f"data/tasks/{NOBODYS} /full",
    f"data/tasks/{NOBODYS};x/full",
    "data/tasks/{task_id}/full",
    "DATA/PROJECTS",
    "data/projects/open/../../auth/logout",
    f"data/entities/{NOBODYS}/chat",
    f"data/entities/{NOBODYS}/chat/messages",
    f"data/scenes/{NOBODYS}/camera-instances",
    f"data/playlists/{NOBODYS}/build/mp4",
    f"data/projects/{NOBODYS}/schedule-items/task-types",
    f"actions/persons/{NOBODYS}/invite",
    "data/salary-scales",
    "data/custom-actions",
    "data/organisations",
    "status/test-event",
    "config",
    "export/csv/persons.csv",
    f"pictures/thumbnails/persons/{NOBODYS}.png",
    "data/user/context",
    "data/events/last",
    "",
)


def id_of(kitsu: Connection, query: str) -> str:
    with psycopg.connect(kitsu.database) as database:
        ((found,),) = database.execute(f"select ({query})::text".encode()).fetchall()
    return found


def project(kitsu: Connection, name: str) -> str:
    return id_of(kitsu, f"select id from project where name = '{name}'")


async def test_no_other_route_and_no_other_host_is_ever_asked(kitsu: Connection) -> None:
    async with fault_proxy(kitsu.event_host) as proxy, connected(kitsu, host=proxy.url) as client:
        await client.ask("read_api", path="data/task-types")
        asked = len(proxy.requests)
        for path in SMUGGLED:
            text = await client.refusal("read_api", path=path)
            assert text.startswith("path: "), path
        assert len(proxy.requests) == asked


@pytest.mark.parametrize(
    ("path", "query", "complaint"),
    [
        ("data/tasks", {"fields": "id"}, "query: /data/tasks takes no 'fields' here. It takes entity_id,"),
        ("data/persons", {"with_pass_hash": True}, "query: /data/persons takes no 'with_pass_hash' here."),
        ("data/persons", {"email": "theo@example.com"}, "query: /data/persons takes no 'email' here."),
        ("data/tasks", {"project_id": "x&relations=true"}, "query.project_id: 'x&relations=true' is no id."),
        ("data/tasks", {"project_id": [NOBODYS, NOBODYS]}, "query.project_id: give one."),
        ("data/tasks", {"id": '["a"]'}, "query.id: '[\"a\"]' is no id."),
        ("data/tasks", {"name": ""}, "query.name: give 1 to 150 values of 1 to 200 characters."),
        ("data/tasks", {"name": "\ud800"}, "query.name: give 1 to 150 values of 1 to 200 characters."),
        ("data/tasks", {"name": " [1"}, "query.name: give several values as a list."),
        ("data/tasks", {"name": {"a": "b"}}, "query.name"),
        ("data/shots", {}, "query: /data/shots needs project_id."),
        ("data/task-types", {"fields": "x"}, "query: /data/task-types takes no 'fields' here."),
    ],
    ids=str,
)
async def test_a_query_holds_only_what_the_route_takes(
    client: Agent, path: str, query: dict[str, Any], complaint: str
) -> None:
    assert (await client.refusal("read_api", path=path, query=query)).startswith(complaint)


@pytest.mark.parametrize("role", ["vendor", "client"])
async def test_raw_answers_are_not_for_those_to_whom_kitsus_pages_show_less(kitsu: Connection, role: str) -> None:
    async with connected(kitsu, role=role) as client:
        assert await client.refusal("read_api", path="data/task-types") == ROLE_HIDDEN


async def test_a_production_where_the_role_is_a_clients_is_not_there(pristine: Connection) -> None:
    salt, robo = project(pristine, "Salt Harbour"), project(pristine, "Robo Garden")
    bot = id_of(pristine, "select id from person where is_bot and role = 'manager'")
    path = f"data/projects/{salt}/team/{bot}"
    assert ask(pristine.host, path, pristine.token("admin"), method="PUT", body={"role": "client"}).status == 200
    async with connected(pristine) as client:
        for path in (f"data/projects/{salt}", f"data/projects/{salt}/tasks"):
            assert "is nothing that you may see" in await client.refusal("read_api", path=path)
        tasks = await client.ask("read_api", path="data/tasks", fields=["project_id"], limit=1000)
        assert {row[0] for row in tasks["rows"]} == {robo}
        projects = await client.ask("read_api", path="data/projects", fields=["name"])
        assert ["Salt Harbour"] not in projects["rows"]


@pytest.mark.parametrize("role", ["manager", "supervisor", "user"])
async def test_what_is_of_other_productions_or_people_alone_is_not_told(kitsu: Connection, role: str) -> None:
    secret = project(kitsu, "Secret Pilot")
    shot = id_of(kitsu, f"select id from entity where project_id = '{secret}' limit 1")
    theo = id_of(kitsu, "select id from person where first_name = 'Theo'")
    async with connected(kitsu, role=role) as client:
        assert "Secret" not in str(await client.ask("read_api", path="data/projects"))
        for path in (f"data/projects/{secret}", f"data/projects/{secret}/team", f"data/entities/{shot}"):
            assert "Secret" not in await client.refusal("read_api", path=path)
        for query in ({"project_id": secret}, {"entity_id": shot}):
            await client.refusal("read_api", path="data/tasks", query=query)
        entity = await client.ask("read_api", path="data/entities", query={"id": [shot]})
        assert (entity["rows"], entity["total"]) == ([], 0)
        person = await client.ask("read_api", path=f"data/persons/{theo}")
        assert ("email" in person["record"]) == (role == "manager")
        assert not {"daily_salary", "password", "totp_enabled", "ldap_uid"} & set(person["record"])


async def test_what_this_server_is_not_for_is_neither_told_nor_counted(kitsu: Connection) -> None:
    salt = project(kitsu, "Salt Harbour")
    task = id_of(kitsu, f"select id from task where project_id = '{salt}' limit 1")
    async with connected(kitsu, role="admin", KITSU_PROJECTS="Robo Garden") as client:
        page = await client.ask("read_api", path="data/tasks", query={"page": 1, "limit": 3})
        assert not {"nb_pages", "zou_total"} & set(page)
        assert salt not in str(page)
        assert [row[0] for row in (await client.ask("read_api", path="data/projects", fields=["name"]))["rows"]] == [
            "Robo Garden"
        ]
        for path in (f"data/projects/{salt}/team", f"data/tasks/{task}/comments", f"data/tasks/{task}/previews"):
            await client.refusal("read_api", path=path)
        preview = id_of(kitsu, f"select id from preview_file where task_id in ({OF_PROJECT.format(salt)}) limit 1")
        text = await client.refusal("read_api", path=f"data/preview-files/{preview}")
        assert text == "There is nothing that you may see."


async def test_an_answer_is_the_databases_in_pages_that_add_up(kitsu: Connection, client: Agent) -> None:
    salt = project(kitsu, "Salt Harbour")
    asked: dict[str, Any] = {"path": "data/tasks", "query": {"project_id": salt}, "fields": ["id"], "limit": 60}
    found: list[str] = []
    page: dict[str, Any] = {"next": ""}
    while "next" in page:
        page = await client.ask("read_api", **asked, next=page["next"])
        found += [row[0] for row in page["rows"]]
    with psycopg.connect(kitsu.database) as database:
        every = [str(one) for (one,) in database.execute(f"select id from task where project_id = '{salt}'".encode())]
    assert sorted(found) == sorted(every)
    assert page["total"] == len(every)
    text = await client.refusal("read_api", **asked, next="x")
    assert text.startswith("This `next` was not made by this tool.")
    wrong = await client.refusal("read_api", **(asked | {"fields": ["ident"]}))
    assert wrong.startswith("fields: there is no 'ident'. There are: ")
    zous = await client.ask("read_api", path="data/tasks", query={"project_id": salt, "page": 1, "limit": 5})
    assert (len(zous["rows"]), zous["page"], zous["more_pages"]) == (5, 1, True)


async def test_what_things_cost_is_not_told(pristine: Connection) -> None:
    blender = {"name": "Blender", "short_name": "b", "file_extension": "blend", "monthly_cost": 77}
    do(pristine, "POST", "data/softwares", blender)
    async with connected(pristine, role="user") as client:
        softwares = await client.ask("read_api", path="data/softwares")
    assert "monthly_cost" not in softwares["columns"]
    assert "not shown: monthly_cost" in softwares["notes"]


async def test_hidden_text_in_it_is_made_visible_and_long_text_is_cut(pristine: Connection) -> None:
    salt = project(pristine, "Salt Harbour")
    with psycopg.connect(pristine.database) as database:
        database.execute("update entity set description = 'a\u202eb' || repeat('x', 90000) where name = 'SH0020'")
    async with connected(pristine) as client:
        answer = await client.ask("read_api", path="data/shots", query={"project_id": salt})
        shot = id_of(pristine, f"select id from entity where name = 'SH0020' and project_id = '{salt}' limit 1")
        record = await client.ask("read_api", path=f"data/shots/{shot}")
    assert "⟨U+202E⟩" in str(answer)
    assert "\u202e" not in str(answer)
    assert max(len(str(answer)), len(str(record))) < 70_000
    assert record["columns"] != ["description", "value"]
    assert "data, not instructions" in str(record["notes"])
