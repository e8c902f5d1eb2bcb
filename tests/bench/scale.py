"""Searches without a place, and the first answers of a process that finds boards and names on disk."""

from __future__ import annotations

import statistics
import tempfile
import time
import uuid
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio
import orjson
import psycopg
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from bench.figures import Figure, side_by_side, timed
from support.api import ask
from support.client import connected, opened, signed_in_as
from support.faults import fault_proxy

if TYPE_CHECKING:
    from kitsu_sandbox.lifecycle import Connection
    from kitsu_tools.tracker.kitsu import Kitsu

PRODUCTIONS, SHOTS = 200, 50
MISSPELT = "lanten"
READ_AHEAD_SECONDS = 1
MADE = (
    "insert into entity (id, name, status, canceled, is_shared, project_id, entity_type_id, parent_id, created_at, "
    "updated_at)"
)
AGO = "now() - interval '2 days', now() - interval '2 days'"
KINDS = ("shots", "assets", "sequences", "edits", "concepts")


async def scale(connection: Connection, python: str) -> list[Figure]:
    """All figures, those of many productions last, as they are then there."""
    figures = [*await _search(connection), *await _warm_start(connection, python)]
    _make_productions(connection)
    return [*figures, *await _many(connection)]


async def _search(connection: Connection) -> list[Figure]:
    """Three productions, nothing held: an exact name and a misspelt one; then held."""
    exact = await _traffic(connection, "SH0500")
    async with opened(connection) as bare:
        projects = await bare.directory.open_projects.get()
        lightest = partial(_light, bare, [one.id for one in projects])
        ours: list[float] = []
        routes: list[float] = []
        for _ in range(5):
            async with connected(connection) as agent:
                await agent.ask("list_projects")
                routes.append(await timed(lightest))
                ours.append(await timed(partial(agent.ask, "search", text=MISSPELT)))
        cold, needed = statistics.median(ours), statistics.median(routes)
        async with connected(connection) as agent:
            call = partial(agent.ask, "search", text=MISSPELT)
            await call()
            warm, single = await side_by_side(15, call, await _not_modified(bare))
    return [
        Figure("search, exact name, nothing held", exact / 1e6, 0.2, "MB"),
        Figure(
            "search, misspelt, nothing held", cold / needed, 1.2, "× its routes", f"{cold:.0f} beside {needed:.0f} ms"
        ),
        Figure("search, misspelt, held", warm / single, 2, "× a 304", f"{warm:.0f} beside {single:.0f} ms"),
    ]


async def _warm_start(connection: Connection, python: str) -> list[Figure]:
    """The first get_project of Big Feature, and the first search, in a process of its own, once its sign-in is done and
    a model had a moment to write its question.
    """
    questions = {
        "get_project, new process, boards on disk": (3, "get_project", {"project": "Big Feature"}),
        "search, misspelt, new process, names on disk": (2, "search", {"text": MISSPELT}),
    }
    with tempfile.TemporaryDirectory() as folder:
        given = {"KITSU_CACHE": folder, "KITSU_JOURNAL": f"{folder}/journal", "KITSU_LIVE": "off"}
        async with connected(connection, KITSU_CACHE=folder) as agent:
            for _, tool, arguments in questions.values():
                await agent.ask(tool, **arguments)
        taken: dict[str, list[float]] = {name: [] for name in questions}
        bares: list[float] = []
        async with opened(connection) as bare:
            not_modified = await _not_modified(bare)
            parameters = StdioServerParameters(
                command=python, args=["-m", "kitsu_server"], env=signed_in_as(connection) | given
            )
            for _ in range(7):
                async with Client(stdio_client(parameters)) as client:
                    await client.list_tools()
                    await client.call_tool("list_projects", {})
                    await client.call_tool("get_studio", {})
                    await anyio.sleep(READ_AHEAD_SECONDS)
                    for name, (_, tool, arguments) in questions.items():
                        bares.append(await timed(not_modified))
                        taken[name].append(await timed(partial(client.call_tool, tool, arguments)))
    single = statistics.median(bares)
    ours = {name: statistics.median(its) for name, its in taken.items()}
    return [
        Figure(name, ours[name] / single, most, "× a 304", f"{ours[name]:.0f} beside {single:.0f} ms")
        for name, (most, *_) in questions.items()
    ]


async def _many(connection: Connection) -> list[Figure]:
    """So many productions that a search takes its time."""
    heard: list[float] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:  # noqa: ARG001
        heard.append(time.perf_counter())

    async with opened(connection) as bare, connected(connection) as agent:
        ids = [one.id for one in await bare.directory.open_projects.get()]
        await agent.ask("list_projects")
        routes = await timed(partial(_light, bare, ids))
        began = time.perf_counter()
        await agent.mcp.call_tool("search", {"text": MISSPELT}, progress_callback=hear)
        ours = (time.perf_counter() - began) * 1000
        warm = statistics.median([await timed(partial(agent.ask, "search", text=MISSPELT)) for _ in range(7)])
    return [
        Figure(
            f"search of {len(ids)} productions",
            ours / routes,
            1.3,
            "× its routes",
            f"{ours:.0f} beside {routes:.0f} ms",
        ),
        Figure("its first progress", heard[0] - began, 0.5, "s", f"{len(heard)} in all"),
        Figure("the same, held", warm / 1000, 0.3, "s"),
    ]


async def _traffic(connection: Connection, text: str) -> float:
    """Bytes that Zou answers to a search in a new process."""
    async with fault_proxy(connection.event_host) as proxy, connected(connection, host=proxy.url) as agent:
        await agent.ask("search", text=text)
        targets = [one.path for one in proxy.requests]
    async with opened(connection) as bare:
        answers = [await bare.session.read(one.removeprefix("/api/")) for one in targets]
        return sum(len(orjson.dumps(one)) for one in answers)


async def _light(kitsu: Kitsu, ids: list[str]) -> None:
    """The lightest routes that hold the names, side by side."""
    turns = anyio.Semaphore(8)

    async def read(project: str, kind: str) -> None:
        async with turns:
            await kitsu.session.read(f"data/projects/{project}/{kind}")

    async with anyio.create_task_group() as group:
        for project in ids:
            for kind in KINDS:
                group.start_soon(read, project, kind)


async def _not_modified(kitsu: Kitsu) -> Any:
    project = await kitsu.directory.project("Big Feature")
    query = {"project_id": project.id, "compact": "true", "id": str(uuid.UUID(int=0))}
    etag = (await kitsu.session.read_if_changed("data/shots/with-tasks", query)).etag
    return partial(kitsu.session.read_if_changed, "data/shots/with-tasks", query, etag)


def _make_productions(connection: Connection) -> None:
    """Past Zou, as it would take an hour: copies of Salt Harbour's row with the manager on the team."""
    me = ask(connection.host, "auth/authenticated", connection.token("manager")).body["user"]["id"]
    shared = "'running', false, false"
    with psycopg.connect(connection.database) as database:
        found = database.execute(
            "select string_agg(column_name, ', ') from information_schema.columns where table_name = 'project' "
            "and column_name not in ('id', 'name', 'code', 'shotgun_id')"
        ).fetchone()
        assert found is not None
        for statement in (
            f"insert into project (id, name, {found[0]}) select gen_random_uuid(), 'Show ' || n, {found[0]} "
            f"from project, generate_series(1, {PRODUCTIONS}) n where name = 'Salt Harbour'",
            f"insert into project_person_link (project_id, person_id) select id, '{me}' from project "
            "where name like 'Show %'",
            f"{MADE} select gen_random_uuid(),'SQ010', {shared}, p.id, t.id, null, {AGO} from project p, entity_type t "
            "where p.name like 'Show %' and t.name = 'Sequence'",
            f"{MADE} select gen_random_uuid(), 'SH' || lpad((n * 10)::text, 4, '0'), {shared}, p.id, t.id, q.id, {AGO} "
            f"from project p join entity q on q.project_id = p.id, entity_type t, generate_series(1, {SHOTS}) n "
            "where p.name like 'Show %' and t.name = 'Shot'",
        ):
            database.execute(statement.encode())
