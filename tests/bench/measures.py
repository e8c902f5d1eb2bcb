"""Each promise, measured."""

from __future__ import annotations

import os
import resource
import statistics
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import orjson
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from bench.busy import busy, kept
from bench.changing import changing
from bench.figures import Figure, side_by_side, timed
from bench.live import heard
from bench.scale import scale
from bench.writes import assignments, confirmed_comment, creations, planning, plans
from kitsu_tools.endpoints.finding import found
from kitsu_tools.endpoints.index import Index
from kitsu_tools.endpoints.instance import Known
from kitsu_tools.endpoints.specification import shipped
from kitsu_tools.tracker.kitsu import Kitsu
from support.client import connected, settings
from support.endpoint_questions import QUESTIONS as ENDPOINT_QUESTIONS
from support.faults import fault_proxy

if TYPE_CHECKING:
    from kitsu_sandbox.lifecycle import Connection

PROJECT = "Big Feature"
SEQUENCE = "Big Feature/SQ0010"
SMALL = "Robo Garden"
QUESTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "list_shots of a sequence": ("list_shots", {"under": SEQUENCE}),
    "get_project": ("get_project", {"project": PROJECT}),
    "list_tasks": ("list_tasks", {"under": PROJECT, "status": ["waiting for review"]}),
}
SMALL_QUESTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "get_project": ("get_project", {"project": SMALL}),
    "list_shots": ("list_shots", {"under": SMALL}),
    "search": ("search", {"text": "SH0010", "under": SMALL}),
}
PAGED_QUESTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "list_events": ("list_events", {"under": PROJECT, "since": "30 days"}),
    "list_comments": ("list_comments", {"under": PROJECT, "since": "90 days"}),
    "list_time": ("list_time", {"under": PROJECT}),
    "list_previews": ("list_previews", {"under": SEQUENCE}),
}
NOTHING = "00000000-0000-0000-0000-000000000000"


async def everything(connection: Connection) -> list[Figure]:
    """All figures, the quick ones first."""
    return [
        *await tokens(connection),
        endpoints(),
        await start(connection),
        *await cold(connection),
        *await again(connection),
        *await first(connection),
        *await paged(connection),
        await memory(connection),
        await confirmed_comment(connection),
        *await planning(connection),
        await assignments(connection),
        await plans(connection),
        await creations(connection),
        *await heard(connection),
        *await busy(connection),
        *await changing(connection),
        await kept(connection),
        *await scale(connection, sys.executable),
    ]


async def tokens(connection: Connection) -> list[Figure]:
    """Characters / 4 of what a model reads."""
    async with connected(connection) as agent:
        tools = [[tool.name, tool.description, tool.input_schema] for tool in await agent.tools()]
        shots = await agent.ask("list_shots", under=SEQUENCE)
        casting = await agent.ask("get_casting", of=f"{SEQUENCE}/SH0010")
        tasks = await agent.ask("list_tasks", under=PROJECT, status=["wip"], limit=50)
    return [
        Figure("listing of all tools", _tokens(tools), 16_000, "tokens", f"{len(tools)} tools"),
        Figure("shots of a sequence", _tokens(shots), 1200, "tokens", f"{len(shots['rows'])} shots"),
        Figure("casting of a shot", _tokens(casting), 200, "tokens", f"{len(casting['rows'])} assets"),
        Figure("50 tasks", _tokens(tasks), 1300, "tokens", f"{len(tasks['rows'])} tasks"),
    ]


def endpoints() -> Figure:
    """A question in words about the API, once the index is made."""
    started = time.perf_counter()
    known = Known(Index(shipped()))
    made = time.perf_counter()
    taken: list[float] = []
    for text, _ in ENDPOINT_QUESTIONS:
        asked = time.perf_counter()
        found(known, text, 6)
        taken.append((time.perf_counter() - asked) * 1000)
    detail = f"{max(taken):.1f} ms at most, index made in {(made - started) * 1000:.0f} ms"
    return Figure("find_endpoint", statistics.median(taken), 5, "ms", detail)


async def start(connection: Connection) -> Figure:
    """Start to first tools/list over stdio, beside a server that does nothing."""
    environment = _environment(connection)
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(9):
        ours.append((await _to_list(environment, "-m", "kitsu_server"))[0])
        theirs.append((await _to_list(environment, str(Path(__file__).with_name("empty_server.py"))))[0])
    server, empty = statistics.median(ours), statistics.median(theirs)
    return Figure("start to tools/list", server / empty, 1.2, "×", f"{server:.0f} ms beside {empty:.0f} ms")


async def cold(connection: Connection) -> list[Figure]:
    """The first answer of a process, asked for as soon as its tools are listed, on a small production: what it takes
    beyond Zou's own time, which is that of the same requests sent again by themselves, one after the other.
    """
    figures: list[Figure] = []
    for name, question in SMALL_QUESTIONS.items():
        async with fault_proxy(connection.event_host) as proxy, connected(connection, host=proxy.url) as agent:
            await agent.ask(question[0], **question[1])
            targets = [record.path.removeprefix("/api/") for record in proxy.requests]
        firsts: list[float] = []
        bares: list[float] = []
        for _ in range(5):
            firsts.append((await _to_list(_environment(connection), "-m", "kitsu_server", question=question))[1])
            async with _Bare(connection) as bare:
                bares.append(await timed(partial(bare.replay, targets)))
        answered, zou = statistics.median(firsts), statistics.median(bares)
        detail = f"{answered:.0f} ms beside {zou:.0f} ms of {len(targets)} requests"
        figures.append(Figure(f"{name}, cold, beyond Zou's requests", (answered - zou) / 1000, 0.4, "s", detail))
    return figures


async def again(connection: Connection) -> list[Figure]:
    """Second and later calls: one request, a 304, and little more than its time; twenty at once."""
    figures: list[Figure] = []
    async with AsyncExitStack() as stack:
        proxy = await stack.enter_async_context(fault_proxy(connection.event_host))
        counted = await stack.enter_async_context(connected(connection, host=proxy.url))
        agent = await stack.enter_async_context(connected(connection))
        bare = await stack.enter_async_context(_Bare(connection))
        await counted.tools()  # after which the server signs in, in the background
        await proxy.until(lambda: proxy.count(path_contains="auth/authenticated") == 1)
        for name, (tool, arguments) in QUESTIONS.items():
            await counted.ask(tool, **arguments)
            proxy.clear()
            await counted.ask(tool, **arguments)
            statuses = [record.status for record in proxy.requests]
            figures.append(Figure(f"{name}, requests", len(statuses), 1, "request", f"answered {statuses}"))
            call = partial(agent.ask, tool, **arguments)
            await call()
            ours, single = await side_by_side(31, call, bare.not_modified)
            figures.append(
                Figure(f"{name}, again", ours / single, 1.5, "× a 304", f"{ours:.1f} beside {single:.1f} ms")
            )
            twenty, single = await side_by_side(11, partial(_at_once, 20, call), bare.not_modified)
            figures.append(Figure(f"{name}, 20 at once", twenty / single, 4, "× a 304", f"{twenty:.1f} ms"))
    return figures


async def first(connection: Connection) -> list[Figure]:
    """First calls, with nothing held, beside the routes they need."""
    ours: list[float] = []
    routes: list[float] = []
    narrow: list[float] = []
    for _ in range(5):
        async with connected(connection) as agent, _Bare(connection) as bare:
            routes.append(await timed(bare.boards))
            ours.append(await timed(partial(agent.ask, "get_project", project=PROJECT)))
        async with connected(connection) as agent:
            narrow.append(await timed(partial(agent.ask, "list_shots", under=SEQUENCE)))
    whole, needed = statistics.median(ours), statistics.median(routes)
    return [
        Figure("get_project, first", whole / needed, 1.2, "× its routes", f"{whole:.0f} beside {needed:.0f} ms"),
        Figure("list_shots of a sequence, first", statistics.median(narrow) / 1000, 0.15, "s"),
    ]


async def paged(connection: Connection) -> list[Figure]:
    """Answers out of what Zou pages, beside the same requests sent again by themselves, one after the other."""
    figures: list[Figure] = []
    for name, (tool, arguments) in PAGED_QUESTIONS.items():
        async with (
            fault_proxy(connection.event_host) as proxy,
            connected(connection, host=proxy.url) as counted,
            connected(connection) as agent,
            _Bare(connection) as bare,
        ):
            call = partial(agent.ask, tool, **arguments)
            for _ in range(2):
                proxy.clear()
                await counted.ask(tool, **arguments)
                await call()
            targets = [one.path.removeprefix("/api/") for one in proxy.requests]
            ours, routes = await side_by_side(15, call, partial(bare.replay, targets))
        detail = f"{ours:.0f} beside {routes:.0f} ms of {len(targets)} requests"
        figures.append(Figure(f"{name}, again", ours / routes, 1.2, "× its routes", detail))
    return figures


async def memory(connection: Connection) -> Figure:
    """The largest resident size of a process that holds every board of Big Feature."""
    environment = {"KITSU_HOST": connection.host, "KITSU_BOT_TOKEN": connection.token("manager")}
    code = "import anyio; from bench.measures import hold; anyio.run(hold)"
    result = await anyio.run_process(
        [sys.executable, "-c", code],
        env=os.environ | environment | {"PYTHONPATH": str(Path(__file__).parents[1])},
        stderr=None,
    )
    return Figure("memory with all boards held", float(result.stdout), 350, "MB")


async def hold() -> None:
    """Run by `memory` in a process of its own: answer the questions and print the peak in MB."""
    with tempfile.TemporaryDirectory() as folder:
        given = {name: value for name, value in os.environ.items() if name.startswith("KITSU_")}
        from kitsu_server.app import build_server

        async with Client(build_server(settings(**given, KITSU_JOURNAL=f"{folder}/journal.sqlite3"))) as client:
            for tool, arguments in QUESTIONS.values():
                await client.call_tool(tool, arguments)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sys.stdout.write(str(peak / 1024 if sys.platform != "darwin" else peak / 1024**2))


class _Bare:
    """Zou's routes by the same HTTP client, with nothing of ours around them."""

    def __init__(self, connection: Connection) -> None:
        given = {"KITSU_HOST": connection.host, "KITSU_BOT_TOKEN": connection.token("manager")}
        configured = settings(**given)
        self._kitsu = Kitsu(configured.studio, configured.caller)

    async def __aenter__(self) -> _Bare:
        self._project = (await self._kitsu.directory.project(PROJECT)).id
        query = {"project_id": self._project, "compact": "true", "id": NOTHING}
        self._etag = (await self._kitsu.session.read_if_changed("data/shots/with-tasks", query)).etag
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._kitsu.close()

    async def replay(self, targets: list[str]) -> None:
        """These reads, one after the other."""
        for target in targets:
            await self._kitsu.session.read(target)

    async def not_modified(self) -> None:
        """One conditional GET that is answered 304."""
        query = {"project_id": self._project, "compact": "true", "id": NOTHING}
        answer = await self._kitsu.session.read_if_changed("data/shots/with-tasks", query, self._etag)
        if answer.status != 304:
            raise RuntimeError(f"expected a 304, not {answer.status}")

    async def boards(self) -> None:
        """The routes that a production's progress needs, side by side."""
        kinds = ("shots", "assets", "sequences", "edits", "concepts")
        query = {"project_id": self._project, "compact": "true"}
        async with anyio.create_task_group() as group:
            for kind in kinds:
                group.start_soon(self._kitsu.session.read, f"data/{kind}/with-tasks", query)


def _environment(connection: Connection) -> dict[str, str]:
    """That of a server as its users start it, which finds the byte code of the last start."""
    journal = Path(tempfile.mkdtemp()) / "journal.sqlite3"
    given = {"KITSU_HOST": connection.host, "KITSU_BOT_TOKEN": connection.token("manager")}
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return inherited | given | {"KITSU_JOURNAL": str(journal), "KITSU_CACHE": "off"}


async def _to_list(
    environment: dict[str, str], *arguments: str, question: tuple[str, dict[str, Any]] | None = None
) -> tuple[float, float]:
    """Milliseconds from starting a server to its first list of tools, and from there to the answer to a question; how
    it ends is not part of it.
    """
    started = time.perf_counter()
    parameters = StdioServerParameters(command=sys.executable, args=list(arguments), env=environment)
    async with Client(stdio_client(parameters)) as client:
        await client.list_tools()
        listed = time.perf_counter()
        if question is not None:
            await client.call_tool(*question)
        return (listed - started) * 1000, (time.perf_counter() - listed) * 1000


async def _at_once(times: int, call: Any) -> None:
    async with anyio.create_task_group() as group:
        for _ in range(times):
            group.start_soon(call)


def _tokens(value: object) -> float:
    return len(orjson.dumps(value).decode()) / 4
