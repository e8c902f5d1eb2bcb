"""A production in which others change something all the time, while an agent asks about it once a second."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from statistics import median
from typing import TYPE_CHECKING, Any

import anyio
import psycopg

from bench.figures import Figure, timed
from kitsu_tools.tracker.board_reads import board_query
from kitsu_tools.tracker.boards import NOTHING
from support.api import ask
from support.client import connected, opened
from support.doing import publish

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from kitsu_sandbox.lifecycle import Connection

PROJECT = "Big Feature"
SECONDS = 60
TASKS = 40
BY_REST = 4
BY_SQL_A_SECOND = 20
DUE = "2036-01-01"
FIRST = 1_000
TOLD_SECONDS = 0.5
"""What was written so long before a question has to be in its answer: an event takes its time."""

Write = tuple[float, int]


@dataclass
class Writers:
    """Who changes the estimates of tasks, each to one more than before. `written`: when that was done, by task."""

    connection: Connection
    project: str
    tasks: Sequence[str]
    written: dict[str, list[Write]] = field(default_factory=dict[str, list[Write]])
    ended: threading.Event = field(default_factory=threading.Event)

    def by_rest(self, tasks: Sequence[str]) -> None:
        """As fast as Zou takes it."""
        while not self.ended.is_set():
            for task in tasks:
                minutes = FIRST + len(self.written[task])
                path, token = f"data/tasks/{task}", self.connection.token("admin")
                answer = ask(self.connection.host, path, token, method="PUT", body={"estimation": minutes})
                if answer.status != 200:
                    raise RuntimeError(answer)
                self.written[task].append((time.monotonic(), minutes))

    def by_sql(self, tasks: Sequence[str]) -> None:
        """Past Zou, evenly, each with the event that Zou would tell."""
        set_minutes = "update task set estimation = %s, updated_at = timezone('utc', now()) where id = %s"
        with psycopg.connect(self.connection.database, autocommit=True) as database:
            started, count = time.monotonic(), 0
            while not self.ended.wait(max(0.0, started + count / BY_SQL_A_SECOND - time.monotonic())):
                task = tasks[count % len(tasks)]
                minutes, count = FIRST + len(self.written[task]), count + 1
                database.execute(set_minutes, [minutes, task])
                publish(self.connection, [("task:update", {"project_id": self.project, "task_id": task})])
                self.written[task].append((time.monotonic(), minutes))

    @contextmanager
    def working(self, work: Callable[[Sequence[str]], None], workers: int) -> Generator[None]:
        """So many of them, each with tasks of its own, as long as the block."""
        self.written, self.ended = {task: [(0.0, 0)] for task in self.tasks}, threading.Event()
        threads = [threading.Thread(target=work, args=[self.tasks[one::workers]]) for one in range(workers)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.ended.set()
            for thread in threads:
                thread.join()

    def wrong(self, shown: Sequence[int], asked: float) -> list[str]:
        """What is too old in an answer that shows each task's estimate, in their order."""
        due = [max(minutes for at, minutes in self.written[task] if at < asked - TOLD_SECONDS) for task in self.tasks]
        return [f"{one} for {least}" for one, least in zip(shown, due, strict=True) if one < least]


async def changing(connection: Connection) -> list[Figure]:
    """Both ways of changing, a minute each: answers beside a probe, which costs what a 304 does."""
    figures: list[Figure] = []
    async with opened(connection) as kitsu, connected(connection, KITSU_LIVE="auto") as agent:
        project = await kitsu.directory.project(PROJECT)
        shots = (await (await kitsu.reading(project)).view("shot")).entities("shot")
        shots = [shot for shot in shots if shot.tasks and not shot.omitted]
        tasks: list[str] = [shot.tasks[0].id for shot in shots[:: len(shots) // TASKS][:TASKS]]
        for number, task in enumerate(tasks):
            await kitsu.session.write("PUT", f"data/tasks/{task}", {"due_date": DUE, "estimation": number}, 200)
        bare = partial(kitsu.session.read, "data/shots/with-tasks", board_query(project.id, id=NOTHING))
        question = {"under": PROJECT, "due": DUE, "show": ["estimate"], "limit": TASKS}
        await agent.ask("wait_for_events", under=PROJECT, seconds=0)
        rows: list[list[Any]] = []
        for _ in range(3):
            rows = (await agent.ask("list_tasks", **question))["rows"]
        writers = Writers(connection, project.id, [tasks[int(row[-1])] for row in rows])
        for how, work, workers in (("over REST", writers.by_rest, BY_REST), ("by SQL", writers.by_sql, 1)):
            ours, theirs, wrong = list[float](), list[float](), list[str]()

            async def one(wrong: list[str] = wrong) -> None:
                asked = time.monotonic()
                told: dict[str, Any] = await agent.ask("list_tasks", **question)
                wrong += writers.wrong([row[-1] for row in told["rows"]], asked)

            with writers.working(work, workers):
                started = time.monotonic()
                for second in range(SECONDS):
                    await anyio.sleep(max(0.0, started + second - time.monotonic()))
                    ours.append(await timed(one))
                    theirs.append(await timed(bare))
                rate = sum(map(len, writers.written.values())) / (time.monotonic() - started)
            name = f"list_tasks of {PROJECT} while {rate:.0f} changes a second are made {how}"
            detail = f"{median(ours):.0f} beside {median(theirs):.0f} ms, {max(ours):.0f} at most"
            figures += [
                Figure(name, median(ours) / median(theirs), 8, "× a 304", detail),
                Figure(f"{name}, wrong", len(wrong), 0, "values", str(wrong[:3])),
            ]
    return figures
