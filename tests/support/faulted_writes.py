"""Writes that go wrong, of every kind of change, and what must hold afterwards, whatever went wrong.

A case is a job and a fault of one of its requests, or a process that is killed beside one. Afterwards a new server
settles what was left open, as time passes, and then
- the database differs from before exactly as the journal says, so that nothing is lost and nothing is there twice;
- every receipt was true: what it called applied is, what it called anything else but unknown is not;
- nothing is unsettled;
- the same proposed again leaves out what is there already of an attempt of which nobody was told.
"""

from __future__ import annotations

import random
import re
import signal
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import anyio

from support.client import connected
from support.faults import (
    Fault,
    FaultProxy,
    Record,
    answer,
    cut_before,
    cut_midway,
    fault_proxy,
    hang,
    lose_answer,
    read_seconds,
    rewrite,
)
from support.held import held_to_plan, journaled
from support.person import Person
from support.stopped import stopped_while

if TYPE_CHECKING:
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection

SHOTS = [f"Robo Garden/E01/SQ01/SH{number:03d}0:Animation" for number in range(1, 13)]
LAYOUTS = [task.replace("Animation", "Layout") for task in SHOTS]
LONG_AGO = 600.0
WRITES = ("POST", "PUT", "DELETE")
WRITTEN = re.compile(r"/(actions|pictures|data)/")


@dataclass(frozen=True)
class Job:
    """One call of a write tool, and how many requests it writes with."""

    name: str
    tool: str
    arguments: dict[str, Any]
    requests: int = 1


JOBS = (
    Job("a comment", "add_comment", {"task": SHOTS[0], "text": "Only once."}),
    Job("statuses", "change_status", {"tasks": SHOTS[:5], "status": "done", "text": "Approved."}),
    Job(
        "a review",
        "change_status",
        {"rows": [{"task": task, "status": "retake", "text": f"Note {at}."} for at, task in enumerate(SHOTS[:3])]},
    ),
    Job("many statuses", "change_status", {"tasks": [*SHOTS, *LAYOUTS], "status": "wip"}, 2),
    Job("assignments", "assign_tasks", {"tasks": SHOTS[:5], "people": ["Sam Adeyemi"]}),
    Job("plans", "plan_tasks", {"tasks": SHOTS[:3], "difficulty": 5, "estimate": "3d"}, 3),
)

Killed = Literal["before", "after", "reading back"]
ODD: list[Any] = [{"odd": 1}, [{"odd": 1}], "odd", None, 7]


@dataclass(frozen=True)
class Case:
    """What happens to the request with this number: a fault of it, or of the reading after it, or a kill beside it."""

    job: Job
    number: int
    name: str
    fault: Fault | None = None
    reading: Fault | None = None
    killed: Killed | None = None

    def __str__(self) -> str:
        return f"{self.job.name}, request {self.number + 1}, {self.name}"


def cases(jobs: tuple[Job, ...] = JOBS) -> list[Case]:
    """Every fault of every request of every job."""
    faults = {
        "refused": answer(400, {"message": "no"}),
        "forbidden": answer(403, {"message": "not yours"}),
        "too many": answer(429, {"message": "later"}),
        "a proxy's page": answer(502, "<html>bad</html>", content_type="text/html"),
        "an odd success": answer(201, "<html>fine</html>", content_type="text/html"),
        "lost": lose_answer(),
        "lost by a reset": lose_answer(reset=True),
        "cut before": cut_before(),
        "cut midway": cut_midway(),
        "hung before": hang(),
        "hung after": hang(after_forwarding=True),
    }
    readings = {
        "unreadable afterwards": answer(500, {"message": "broken row"}),
        "forbidden to read afterwards": answer(403, {"message": "not yours"}),
        "lost when read afterwards": lose_answer(),
        **{f"read as {odd!r} afterwards": rewrite(lambda _, odd=odd: odd) for odd in ODD},
    }
    found: list[Case] = []
    for job in jobs:
        for number in range(job.requests):
            found += [Case(job, number, name, fault) for name, fault in faults.items()]
            found += [Case(job, number, name, reading=fault) for name, fault in readings.items()]
            found += [Case(job, number, f"killed {when}", killed=when) for when in ("before", "after", "reading back")]
            found.append(Case(job, number, "lost and unreadable", lose_answer(), answer(500, {"message": "broken"})))
    return found


def chosen(seed: int, count: int, jobs: tuple[Job, ...] = JOBS) -> list[Case]:
    """So many cases, the same for the same seed, every one once before any comes again."""
    drawn = random.Random(seed)
    every: list[Case] = []
    while len(every) < count:
        round_ = cases(jobs)
        drawn.shuffle(round_)
        every += round_
    return every[:count]


async def play(connection: Connection, case: Case, folder: Path) -> None:
    """Let the case happen, and hold what must be true afterwards."""
    journal = folder / "journal.sqlite3"
    with held_to_plan(connection, journal):
        async with fault_proxy(connection.event_host) as proxy:
            receipt = await _attempt(connection, case, journal, proxy)
            await proxy.idle()
        _let_time_pass(journal, proxy.url, connection.host)
        await _settle(connection, journal)
    plan = journaled(journal)[-1]
    applied = {key for key, outcome in plan.outcomes.items() if outcome == "applied"}
    assert {None, "unknown"}.isdisjoint(plan.outcomes.values()), f"not settled: {plan.outcomes}"
    told: set[str] = set()
    for item, row in zip(plan.plan["items"], receipt.get("rows", ()), strict=False):
        assert (row[1] == "applied") <= (item["key"] in applied), f"falsely reported: {row}"
        assert (item["key"] in applied) <= (row[1] in {"applied", "unknown"}), f"falsely reported: {row}"
        told |= {item["key"]} if row[1] == "applied" else set()
    if applied - told:
        await _is_not_written_again(connection, case, journal, applied - told)


async def _attempt(connection: Connection, case: Case, journal: Path, proxy: FaultProxy) -> dict[str, Any]:
    """The receipt; empty where none came."""

    def written() -> int:
        return sum(one.method != "GET" and one.upstream_status is not None for one in proxy.requests)

    async def fault_readings() -> None:
        await proxy.until(lambda: written() > case.number)
        assert case.reading is not None
        proxy.fault(case.reading, method="GET", path=WRITTEN, times=None)

    if case.fault is not None:
        for method in WRITES:
            proxy.fault(case.fault, method=method, path=WRITTEN, after=case.number)
    if case.killed is not None:
        return await _killed(connection, case, journal, proxy)
    patience = read_seconds(case.fault or case.reading or lose_answer())
    receipt: dict[str, Any] = {}
    async with anyio.create_task_group() as group:
        if case.reading is not None:
            group.start_soon(fault_readings)
        async with connected(
            connection,
            host=proxy.url,
            on_question=Person(),
            journal=journal,
            KITSU_READ_SECONDS=patience,
        ) as agent:
            receipt = await agent.ask(case.job.tool, **case.job.arguments)
        group.cancel_scope.cancel()
    return receipt


async def _killed(connection: Connection, case: Case, journal: Path, proxy: FaultProxy) -> dict[str, Any]:
    def writes() -> list[Record]:
        return [one for one in proxy.requests if one.method != "GET"]

    def reached() -> bool:
        if len(writes()) <= case.number:
            return False
        last = writes()[case.number]
        match case.killed:
            case "before":
                return True
            case "after":
                return last.upstream_status is not None
            case _:
                return last.status is not None and proxy.requests[-1] is not last

    if case.killed != "reading back":
        ending = hang(after_forwarding=case.killed == "after")
        for method in WRITES:
            proxy.fault(ending, method=method, path=WRITTEN, after=case.number)
    await stopped_while(connection, proxy, journal, signal.SIGKILL, reached, case.job.tool, **case.job.arguments)
    return {}


def _let_time_pass(journal: Path, proxy: str, host: str) -> None:
    """As if it had been sent long ago, and to Kitsu itself."""
    with closing(sqlite3.connect(journal)) as db, db:
        db.execute("update items set sent_at = sent_at - ?", (LONG_AGO,))
        db.execute("update changes set kitsu = replace(kitsu, ?, ?)", (f"{proxy}/api", host))


async def _settle(connection: Connection, journal: Path) -> None:
    """What a server does once a host has listed its tools."""
    async with connected(connection, journal=journal) as agent:
        await agent.tools()
        await agent.ask("list_projects")
        for _ in range(3_000):  # it settles in the background and tells nobody
            if {None, "unknown"}.isdisjoint(journaled(journal)[-1].outcomes.values()):
                return
            await anyio.sleep(0.02)


async def _is_not_written_again(connection: Connection, case: Case, journal: Path, written: set[str]) -> None:
    async with connected(
        connection,
        on_question=Person("decline"),
        journal=journal,
    ) as agent:
        again = await agent.call(case.job.tool, **case.job.arguments)
    asked = journaled(journal)[-1]
    if not again.is_error:
        assert written.isdisjoint(item["key"] for item in asked.plan["items"]), "it would be doubled"
        assert "earlier attempt" in str(again.structured_content) or "already" in str(again.structured_content)
