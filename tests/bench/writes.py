"""What changes cost: one that a person confirmed, planning a hundred, and a hundred sent and read back."""

from __future__ import annotations

import statistics
import time
from contextlib import AsyncExitStack
from functools import partial
from typing import TYPE_CHECKING, Any

from bench.figures import Figure, timed
from kitsu_tools.tracker.transport import KitsuClient
from support.client import Agent, connected, opened
from support.faults import fault_proxy
from support.person import Person

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from kitsu_sandbox.lifecycle import Connection
    from kitsu_tools.tracker.kitsu import Kitsu
    from kitsu_tools.tracker.model import Task

PROJECT = "Big Feature"
TASK = "Big Feature/SQ0010/SH0010:Layout"
PLANS: dict[str, dict[str, Any]] = {
    "change_status": {"status": "retake"},
    "assign_tasks": {"people": ["Super Admin"]},
    "plan_tasks": {"difficulty": 5, "due": "2030-01-15"},
}


async def confirmed_comment(connection: Connection) -> Figure:
    """What a confirmed comment costs beyond Zou's own requests, after the task was read, as agents are told to.

    The time of a call without the time during which a request was out, both rounds of the question included.
    """
    beyond: list[float] = []
    async with connected(connection, on_question=Person()) as agent:
        for number in range(12):
            await agent.ask("get_task", task=TASK)
            with _RequestsOut() as out:
                whole = await timed(partial(agent.ask, "add_comment", task=TASK, text=f"Note {number}."))
            beyond.append(whole - out.milliseconds)
    return Figure("a confirmed comment, beyond Zou's requests", statistics.median(beyond[1:]), 15, "ms")


async def planning(connection: Connection) -> list[Figure]:
    """Planning 100 items of twenty sequences, named by address and by id, after they were listed: one round."""
    figures: list[Figure] = []
    async with AsyncExitStack() as stack:
        proxy = await stack.enter_async_context(fault_proxy(connection.event_host))
        options: dict[str, Any] = {"mode": "legacy", "on_question": Person("decline")}
        counted = await stack.enter_async_context(connected(connection, host=proxy.url, **options))
        agent = await stack.enter_async_context(connected(connection, **options))
        kitsu = await stack.enter_async_context(opened(connection))
        found = await _animations(kitsu, 50)
        tasks = {"addresses": [_address(one) for one in found], "ids": [one.id for one in found]}
        for one in (agent, counted):
            await one.ask("list_tasks", under=PROJECT)
        for tool, arguments in PLANS.items():
            for named, texts in tasks.items():
                call = partial(agent.ask, tool, tasks=texts, **arguments)
                beyond: list[float] = []
                for _ in range(5):
                    with _RequestsOut() as out:
                        whole = await timed(call)
                    beyond.append(whole - out.milliseconds)
                await counted.ask(tool, tasks=texts, **arguments)
                proxy.clear()
                await counted.ask(tool, tasks=texts, **arguments)
                name = f"planning {tool} by 100 {named}"
                figures.append(Figure(f"{name}, requests", len(proxy.requests), 6, "requests"))
                figures.append(Figure(f"{name}, beyond Zou's requests", statistics.median(beyond[1:]), 300, "ms"))
    return figures


async def assignments(connection: Connection) -> Figure:
    """100 assignments, confirmed and read back, beside Zou's batch route with the same number of others."""
    async with connected(connection, on_question=Person()) as agent, opened(connection) as kitsu:
        person = await kitsu.directory.person("Super Admin")
        path = f"actions/persons/{person.id}/assign"

        async def batch(ids: list[str]) -> None:
            await kitsu.session.write("PUT", path, {"task_ids": ids}, 200)

        ours = partial(agent.ask, "assign_tasks", people=["Super Admin"])
        ratio, says = await _hundreds(agent, kitsu, ours, batch)
    return Figure("100 assignments", ratio, 1.3, "× Zou's batch", says)


async def plans(connection: Connection) -> Figure:
    """Dates of 100 tasks, confirmed and read back, beside the bare PUTs for as many others."""
    async with connected(connection, on_question=Person()) as agent, opened(connection) as kitsu:

        async def puts(ids: list[str]) -> None:
            for task in ids:
                await kitsu.session.write("PUT", f"data/tasks/{task}", {"due_date": "2030-01-15"}, 200)

        ratio, says = await _hundreds(agent, kitsu, partial(agent.ask, "plan_tasks", due="2030-01-15"), puts)
    return Figure("dates of 100 tasks", ratio, 1.2, "× the bare PUTs", says)


async def creations(connection: Connection) -> Figure:
    """200 shots with two tasks each, planned, confirmed and read back, beside the bare routes for as many others."""
    taken: list[tuple[float, float]] = []
    async with connected(connection, on_question=Person()) as agent, opened(connection) as kitsu:
        project = await kitsu.directory.project(PROJECT)
        view = await (await kitsu.reading(project)).view()
        first, second = view.entities("sequence")[:2]
        types = [await kitsu.directory.task_type(name) for name in ("Layout", "Animation")]
        ids = [one.id for several in types for one in several if one.for_entity == "Shot"]

        async def bare(start: int) -> None:
            path, made = f"data/projects/{project.id}/shots", list[str]()
            for number in range(start, start + 200):
                body = {"name": f"BARE{number:05d}", "sequence_id": first.id, "nb_frames": 48}
                made.append((await kitsu.session.write("POST", path, body, 201))["id"])
            for one in ids:
                tasks = f"actions/projects/{project.id}/task-types/{one}/shots/create-tasks"
                await kitsu.session.write("POST", tasks, made, 201)

        for start in range(0, 600, 200):
            beside = await timed(partial(bare, start))
            row = {"name": f"OURS{start:05d}", "under": second.address, "count": 200, "step": 1, "frames": 48}
            asked = partial(agent.ask, "create_entities", rows=[row], tasks=["Layout", "Animation"])
            taken.append((await timed(asked), beside))
    ratios = sorted(one / beside for one, beside in taken)
    says = ", ".join(f"{one:.0f} beside {beside:.0f}" for one, beside in taken) + " ms"
    return Figure("200 shots with two tasks each", ratios[1], 1.3, "× the bare routes", says)


async def _hundreds(
    agent: Agent, kitsu: Kitsu, ours: Callable[..., Awaitable[Any]], bare: Callable[[list[str]], Awaitable[None]]
) -> tuple[float, str]:
    """The median of three ratios: `ours` with 100 tasks by their addresses, after `bare` with as many others by ids."""
    tasks, taken = await _animations(kitsu, 5), list[tuple[float, float]]()
    for start in range(0, 600, 200):
        others, named = tasks[start : start + 100], tasks[start + 100 : start + 200]
        beside = await timed(partial(bare, [task.id for task in others]))
        await agent.ask("list_tasks", under=PROJECT)
        taken.append((await timed(partial(ours, tasks=[_address(task) for task in named])), beside))
    ratios = sorted(one / beside for one, beside in taken)
    return ratios[1], ", ".join(f"{one:.0f} beside {beside:.0f}" for one, beside in taken) + " ms"


async def _animations(kitsu: Kitsu, every: int) -> list[Task]:
    """The Animation tasks of one shot in so many."""
    shots = (await (await kitsu.reading(await kitsu.directory.project(PROJECT))).view("shot")).entities("shot")
    types = await kitsu.directory.task_types.get()
    return [task for shot in shots[::every] for task in shot.tasks if types[task.type_id].name == "Animation"]


def _address(animation: Task) -> str:
    return f"{animation.entity.address}:Animation"


class _RequestsOut:
    """The time during which at least one request to Zou was out."""

    def __enter__(self) -> _RequestsOut:
        self.milliseconds = 0.0
        self._out = 0
        self._since = 0.0
        self._read, self._write = KitsuClient.read, KitsuClient.write
        KitsuClient.read, KitsuClient.write = self._watched(self._read), self._watched(self._write)
        return self

    def __exit__(self, *_: object) -> None:
        KitsuClient.read, KitsuClient.write = self._read, self._write

    def _watched(self, send: Any) -> Any:
        async def sending(*arguments: Any) -> Any:
            if self._out == 0:
                self._since = time.perf_counter()
            self._out += 1
            try:
                return await send(*arguments)
            finally:
                self._out -= 1
                if self._out == 0:
                    self.milliseconds += (time.perf_counter() - self._since) * 1000

        return sending
