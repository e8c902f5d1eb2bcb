"""What is heard of Kitsu: how soon, how much of it, and what listening costs."""

from __future__ import annotations

import os
import resource
import statistics
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import anyio
from anyio import to_thread
from mcp import Client

from bench.figures import Figure, timed
from support.client import connected, settings
from support.doing import comment, do, publish, task_id
from support.faults import fault_proxy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kitsu_sandbox.lifecycle import Connection

PLACE = "Salt Harbour/SQ010"
ELSEWHERE = "Robo Garden/SQ01"
A_SECOND = 1_000
FLOOD_SECONDS = 30
IDLE_SECONDS = 60.0


async def heard(connection: Connection) -> list[Figure]:
    """Every figure of the event stream."""
    return [await _latency(connection), *await _vouched(connection), *await _flood(connection)]


async def _vouched(connection: Connection) -> list[Figure]:
    """What is held and vouched for: no request, and a processor's time of client and server together."""
    figures: list[Figure] = []
    async with (
        fault_proxy(connection.event_host) as proxy,
        connected(connection, host=proxy.url, KITSU_EVENT_HOST=connection.event_host, KITSU_LIVE="auto") as agent,
    ):
        await agent.ask("wait_for_events", under="Big Feature", seconds=0)
        for tool, arguments in (
            ("list_shots", {"under": "Big Feature/SQ0010"}),
            ("get_project", {"project": "Big Feature"}),
        ):
            for _ in range(3):
                await agent.ask(tool, **arguments)
            proxy.clear()
            taken: list[float] = []
            for _ in range(31):
                started = time.thread_time()
                await agent.ask(tool, **arguments)
                taken.append((time.thread_time() - started) * 1000)
            name = f"{tool}, vouched for"
            figures += [
                Figure(f"{name}, requests", len(proxy.requests), 0, "requests"),
                Figure(f"{name}, of a processor", statistics.median(taken), 5, "ms"),
            ]
    return figures


async def _latency(connection: Connection) -> Figure:
    """From Zou's answer to a comment to the line out of `wait_for_events`."""
    task, taken = task_id(connection, f"{PLACE}/SH0010:Layout"), list[float]()
    async with connected(connection, KITSU_LIVE="auto") as agent:
        since = (await agent.ask("wait_for_events", under=PLACE, seconds=0))["since"]
        for number in range(21):
            told: dict[str, Any] = {}
            answered = time.monotonic()

            async def wait(told: dict[str, Any] = told, since: str = since) -> None:
                told |= await agent.ask("wait_for_events", under=PLACE, since=since, seconds=30)
                told["at"] = time.monotonic()

            async with anyio.create_task_group() as group:
                group.start_soon(wait)
                await to_thread.run_sync(comment, connection, task, f"Note {number}.")
                answered = time.monotonic()
            if told["rows"][0][-1] != f"Note {number}.":
                raise RuntimeError(told)
            taken.append(told["at"] - answered)
            since = told["since"]
    detail = f"{max(taken) * 1000:.0f} ms at most"
    return Figure("a comment, from Zou's answer to its line", statistics.median(taken), 0.2, "s", detail)


async def _flood(connection: Connection) -> list[Figure]:
    """A process that listens, idle and then told 1,000 events a second past Zou, each of another shot."""
    project = next(one["id"] for one in do(connection, "GET", "data/projects/open") if one["name"] == "Salt Harbour")
    code = "import anyio; from bench.live import listen; anyio.run(listen)"
    environment = {"KITSU_HOST": connection.host, "KITSU_BOT_TOKEN": connection.token("manager")}
    async with await anyio.open_process(
        [sys.executable, "-c", code],
        env=os.environ | environment | {"PYTHONPATH": str(Path(__file__).parents[1])},
        stderr=None,
    ) as process:
        if process.stdout is None or process.stdin is None:
            raise RuntimeError("no pipes")
        idle = (await process.stdout.receive()).split()  # it listens, and was idle for a while
        await to_thread.run_sync(_publish_evenly, connection, project)
        await process.stdin.send(b"\n")
        flooded = (await process.stdout.receive()).split()
    cpu, *idle_p99, before = map(float, idle)
    count, *p99, after = map(float, flooded)
    told = A_SECOND * FLOOD_SECONDS
    return [
        Figure("idle stream, of a core", cpu * 100, 1, "%", f"over {IDLE_SECONDS:.0f} s"),
        Figure("events lost of 1,000 a second for 30 s", told - count, 0, "events", f"{count:,.0f} of {told:,} heard"),
        Figure("memory, more after them", after - before, 20, "MB", f"{before:.0f}, then {after:.0f} MB"),
        Figure(
            "a tool of another production meanwhile, p99",
            p99[1] / idle_p99[1],
            3,
            "× idle",
            f"{p99[1]:.0f} beside {idle_p99[1]:.0f} ms; of theirs, which asks for what changed, {p99[0]:.0f} ms",
        ),
    ]


def _publish_evenly(connection: Connection, project: str) -> None:
    """Over one connection, which gathers some 30 of them before it sends."""

    def evenly() -> Iterator[tuple[str, object]]:
        started = time.monotonic()
        for number in range(A_SECOND * FLOOD_SECONDS):
            time.sleep(max(0.0, started + number / A_SECOND - time.monotonic()))
            yield "shot:update", {"project_id": project, "shot_id": str(uuid4())}

    publish(connection, evenly())


async def listen() -> None:
    """Run by `_flood` in a process of its own. Prints what it costs to listen, and what was heard once a line comes."""
    given = {name: value for name, value in os.environ.items() if name.startswith("KITSU_")}
    with tempfile.TemporaryDirectory() as folder:
        from kitsu_server.app import build_server

        async with Client(build_server(settings(**given, KITSU_JOURNAL=f"{folder}/journal.sqlite3"))) as client:
            asks = [partial(client.call_tool, "list_shots", {"under": place}) for place in (PLACE, ELSEWHERE)]
            first = await _number(client)
            idle = [[await timed(ask) for ask in asks] for _ in range(200)]
            used = time.process_time()
            await anyio.sleep(IDLE_SECONDS)
            share = (time.process_time() - used) / IDLE_SECONDS
            _say(share, *_p99(idle), _megabytes())
            taken: list[list[float]] = []
            done = anyio.Event()

            async def until_told() -> None:
                await to_thread.run_sync(sys.stdin.readline)
                done.set()

            async with anyio.create_task_group() as group:
                group.start_soon(until_told)
                while not done.is_set():
                    taken.append([await timed(ask) for ask in asks])
                    await anyio.sleep(0.05)
            last = -1
            while (number := await _number(client)) > last:  # until nothing more comes
                last = number
                await anyio.sleep(2)
            _say(await _number(client) - first, *_p99(taken), _megabytes())


async def _number(client: Client) -> int:
    """How many acts the feed has numbered: each event of the flood is one."""
    result = await client.call_tool("wait_for_events", {"seconds": 0})
    told: dict[str, Any] = result.structured_content or {}
    return int(told["since"].split(".")[1])


def _p99(taken: list[list[float]]) -> list[float]:
    return [sorted(one)[int(len(one) * 0.99)] for one in zip(*taken, strict=True)]


def _megabytes() -> float:
    """What is resident now, not at most."""
    pages = Path("/proc/self/statm")
    if pages.exists():
        return int(pages.read_text().split()[1]) * resource.getpagesize() / 1024**2
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


def _say(*values: float) -> None:
    sys.stdout.write(" ".join(map(str, values)))
    sys.stdout.flush()
