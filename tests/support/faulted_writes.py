"""Writes that go wrong, of every kind of change, and what must hold afterwards, whatever went wrong.

The jobs are those of `support.plays`, in which each area says what is played of its kinds. A case is a job and a fault
of one of its requests, or a process that is killed beside one. Afterwards a new server settles what was left open, as
time passes, and then
- nothing was sent twice, nor is there twice;
- nothing is unsettled;
- the database differs from before exactly as the journal says, so that nothing is lost: of what is half done it names
  what is there and what is not;
- every receipt was true: what it called applied is, what it called anything else but unknown is not;
- the same proposed again leaves out what is there already of an attempt of which nobody was told.
"""

from __future__ import annotations

import json
import random
import re
import signal
import sqlite3
from collections import Counter
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Literal, get_args

import anyio

from support.client import connected
from support.database import difference, snapshot
from support.faults import (
    WRITES,
    Fault,
    FaultProxy,
    answer,
    cut_before,
    cut_midway,
    fault_proxy,
    hang,
    lose_answer,
    read_seconds,
    rewrite,
)
from support.held import Journaled, hold, journaled
from support.person import Person
from support.picture import PNG
from support.plays import every_play
from support.stopped import stopped_while

if TYPE_CHECKING:
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection
    from support.client import Agent
    from support.plays.play import Job

LONG_AGO = 600.0
WRITTEN = re.compile(r"/(actions|pictures|data)/")
Untruth = Literal["lost", "doubled", "falsely reported", "unsettled"]
UNTRUE: tuple[Untruth, ...] = get_args(Untruth)


class Untrue(AssertionError):
    """What must hold does not, and which of it."""

    def __init__(self, what: Untruth, how: object) -> None:
        super().__init__(f"{what}: {how}")
        self.what = what


PLAYS = every_play()
JOBS = tuple(job for turn in zip_longest(*(play.jobs for play in PLAYS.values())) for job in turn if job is not None)
"""The first of each kind, then the second of each: so few cases as are played are of every kind."""

ODD: list[Any] = [{"odd": 1}, [{"odd": 1}], "odd", None, 7]
FAULTS: dict[str, dict[str, Fault]] = {
    "refused": {
        "refused": answer(400, {"message": "no"}),
        "forbidden": answer(403, {"message": "not yours"}),
        "too many": answer(429, {"message": "later"}),
    },
    "lost": {
        "a proxy's page": answer(502, "<html>bad</html>", content_type="text/html"),
        "an odd success": answer(201, "<html>fine</html>", content_type="text/html"),
        "lost": lose_answer(),
        "lost by a reset": lose_answer(reset=True),
    },
    "cut": {"cut before": cut_before(), "cut midway": cut_midway()},
    "hung": {"hung before": hang(), "hung after": hang(after_forwarding=True)},
}
READINGS: dict[str, Fault] = {
    "unreadable afterwards": answer(500, {"message": "broken row"}),
    "forbidden to read afterwards": answer(403, {"message": "not yours"}),
    "lost when read afterwards": lose_answer(),
    **{f"read as {odd!r} afterwards": rewrite(lambda _, odd=odd: odd) for odd in ODD},
}
Killed = Literal["looking", "before", "after", "going on"]
GROUPS = (*FAULTS, "unread", "killed")
_IN_TURN = (*GROUPS, "lost")


@dataclass(frozen=True)
class Case:
    """What happens to the request with this number: a fault of it, or of the reading after it, or a kill beside it.

    A kill comes while the last look is taken, before the request is with Kitsu, after it is, or once it was answered
    and the next step is on its way. `times` is how many requests the fault meets.
    """

    job: Job
    number: int
    name: str
    group: str
    fault: Fault | None = None
    reading: Fault | None = None
    killed: Killed | None = None
    times: int = 1

    def __str__(self) -> str:
        return f"{self.job.name}, request {self.number + 1}, {self.name}"


def cases(jobs: tuple[Job, ...] = JOBS) -> list[Case]:
    """Every fault of every request of every job."""
    found: list[Case] = []
    for job in jobs:
        found.append(Case(job, 0, "killed looking", "killed", killed="looking"))
        for number in range(job.requests):
            found += [
                Case(job, number, name, group, fault)
                for group, faults in FAULTS.items()
                for name, fault in faults.items()
            ]
            found += [Case(job, number, name, "unread", reading=fault) for name, fault in READINGS.items()]
            unread = answer(500, {"message": "broken"})
            found.append(Case(job, number, "lost and unreadable", "unread", lose_answer(), unread))
            found.append(Case(job, number, "refused, as is the next", "refused", FAULTS["refused"]["refused"], times=2))
            kills: tuple[Killed, ...] = ("before", "after", "going on")
            found += [Case(job, number, f"killed {when}", "killed", killed=when) for when in kills]
    return found


def chosen(seed: int, count: int, jobs: tuple[Job, ...] = JOBS) -> list[Case]:
    """So many cases, the same for the same seed: every kill, and of the others as many as fit, shuffled."""
    drawn = random.Random(seed)
    every = cases(jobs)
    drawn.shuffle(every)
    every.sort(key=lambda case: case.killed is None)
    few = every[:count]
    drawn.shuffle(few)
    return few


def spread(seed: int, count: int, jobs: tuple[Job, ...] = JOBS) -> list[Case]:
    """So many cases, the same for the same seed: of each job in turn one, of the group of faults whose turn it is, with
    another group for each job the next time.
    """
    drawn = random.Random(seed)
    left = cases(jobs)
    drawn.shuffle(left)
    few: list[Case] = []
    while len(few) < count:
        time, place = divmod(len(few), len(jobs))
        job, group = jobs[place], _IN_TURN[(place + time) % len(_IN_TURN)]
        case = next(one for one in left if one.job is job and one.group == group)
        left.remove(case)
        few.append(case)
    return few


async def play(connection: Connection, case: Case, folder: Path) -> Counter[str]:
    """Let the case happen, and hold what must be true afterwards; how its items ended.

    Raises:
        Untrue: it is not.
    """
    journal, files = folder / "journal.sqlite3", folder / "files"
    files.mkdir()
    (files / "a.png").write_bytes(PNG)
    (files / "b.zip").write_bytes(b"x" * 100_000)
    arguments = case.job.arguments | (case.job.prepare(connection) if case.job.prepare else {})
    async with fault_proxy(connection.event_host) as proxy:
        if case.job.first is not None:
            first = replace(case.job.first, arguments=case.job.first.arguments | arguments)
            done = await Attempt(connection, Case(first, 0, "", ""), journal, files, proxy).told()
            assert {row[1] for row in done["rows"]} == {"applied"}
            arguments = {"code": done["journal"]}
            proxy.clear()
        before = snapshot(connection.database)
        attempt = Attempt(connection, replace(case, job=replace(case.job, arguments=arguments)), journal, files, proxy)
        receipt = await (attempt.killed() if case.killed else attempt.told())
        await proxy.idle()
    _let_time_pass(journal, proxy.url, connection.host)
    person = Person("decline")
    async with connected(
        connection, role=case.job.role, on_question=person, journal=journal, KITSU_FOLDERS=str(files)
    ) as agent:
        await _settle(agent, journal)
        changes = difference(before, snapshot(connection.database))
        plan = journaled(journal)[-1]
        twice = Counter((one.method, one.path, json.dumps(one.json)) for one in proxy.requests if one.method != "GET")
        _hold_true(
            plan,
            receipt,
            PLAYS[plan.plan["kind"]].written(plan, changes),
            [one for one, count in twice.items() if count > 1],
        )
        try:
            hold(connection, plan, changes)
        except AssertionError as error:
            raise Untrue("falsely reported", f"{plan.outcomes} {plan.details}: {error}") from error
        told = {row[0] for row in receipt.get("rows", ()) if row[1] != "unknown"}
        unnoticed = {item["key"] for item in plan.sent if item["address"] not in told}
        if unnoticed:
            again = await agent.call(attempt.case.job.tool, **attempt.case.job.arguments)
            if not again.is_error:
                said = f"{again.structured_content} {person.asked}"
                _hold_not_again(attempt, plan, unnoticed, said)
    return Counter(str(outcome) for outcome in plan.outcomes.values()) or Counter({"not sent": 1})


def _hold_true(plan: Journaled, receipt: dict[str, Any], there: Counter[str], sent_twice: list[Any]) -> None:
    if sent_twice or max(there.values()) > 1:
        raise Untrue("doubled", f"{sent_twice} {there}")
    if not {None, "unknown"}.isdisjoint(plan.outcomes.values()):
        raise Untrue("unsettled", f"{plan.outcomes} {plan.details}")
    for key, count in there.items():
        outcome = plan.outcomes.get(key)
        if outcome == "applied" and not count:
            raise Untrue("falsely reported", f"{key} is not there: {plan.details[key]}")
        if count and outcome != "applied" and key not in plan.partly:
            raise Untrue("lost", f"{key} is there: {outcome} {plan.details.get(key)}")
    for item, row in zip(plan.plan["items"], receipt.get("rows", ()), strict=False):
        ended = plan.outcomes.get(item["key"], "skipped"), plan.details.get(item["key"], row[4])
        if row[1] != "unknown" and (row[1], row[4]) != ended:
            raise Untrue("falsely reported", f"{row}, but {ended}")


@dataclass(frozen=True)
class Attempt:
    """The call of a case, through the proxy that lets it go wrong."""

    connection: Connection
    case: Case
    journal: Path
    files: Path
    proxy: FaultProxy

    async def told(self) -> dict[str, Any]:
        """The receipt of the call, whatever its requests and readings met."""
        case, proxy = self.case, self.proxy
        if case.fault is not None:
            proxy.fault(case.fault, method=WRITES, path=WRITTEN, after=case.number, times=case.times)
        result = None
        async with anyio.create_task_group() as group:
            if case.reading is not None:
                group.start_soon(self._fault_readings, case.reading)
            async with connected(
                self.connection,
                role=case.job.role,
                host=proxy.url,
                on_question=Person(),
                journal=self.journal,
                KITSU_READ_SECONDS=read_seconds(case.fault or case.reading or lose_answer()),
                KITSU_FOLDERS=str(self.files),
                KITSU_LIVE="auto" if case.job.before else "off",
                KITSU_EVENT_HOST=self.connection.event_host,
            ) as agent:
                for tool, given in case.job.before:
                    await agent.ask(tool, **given)
                result = await agent.call(case.job.tool, **case.job.arguments)
            group.cancel_scope.cancel()
        assert result is not None
        assert not result.is_error, result.content
        return result.structured_content or {}

    async def killed(self) -> dict[str, Any]:
        """Nothing, as the server was killed before it could tell."""
        case, answered = self.case, self._answered() + len(self.case.job.before)
        if case.killed in {"before", "after"}:
            ending = hang(after_forwarding=case.killed == "after")
            self.proxy.fault(ending, method=WRITES, path=WRITTEN, after=case.number)

        def reached() -> bool:
            if case.killed == "looking":
                return self._answered() > answered
            writes = [one for one in self.proxy.requests if one.method != "GET"]
            if len(writes) <= case.number:
                return False
            last = writes[case.number]
            match case.killed:
                case "before":
                    return True
                case "after":
                    return last.upstream_status is not None
                case _:
                    return last.status is not None and self.proxy.requests[-1] is not last

        await stopped_while(
            self.connection,
            self.proxy,
            self.journal,
            signal.SIGKILL,
            reached,
            case.job.tool,
            folders=self.files,
            before=case.job.before,
            bot=case.job.role,
            **self.case.job.arguments,
        )
        return {}

    async def _fault_readings(self, reading: Fault) -> None:
        def written_through() -> int:
            return sum(one.method != "GET" and one.upstream_status is not None for one in self.proxy.requests)

        await self.proxy.until(lambda: written_through() > self.case.number)
        self.proxy.fault(reading, method="GET", path=WRITTEN, times=None)

    def _answered(self) -> int:
        """How many changes the person has answered."""
        if not self.journal.exists():
            return 0
        with suppress(sqlite3.Error), closing(sqlite3.connect(f"file:{self.journal}?mode=ro", uri=True)) as db:
            return db.execute("select count(*) from changes where answer is not null").fetchone()[0]
        return 0


def _let_time_pass(journal: Path, proxy: str, host: str) -> None:
    """As if it had been sent long ago, and to Kitsu itself."""
    with closing(sqlite3.connect(journal)) as db, db:
        db.execute("update items set sent_at = sent_at - ?", (LONG_AGO,))
        db.execute("update changes set kitsu = replace(kitsu, ?, ?)", (f"{proxy}/api", host))


async def _settle(agent: Agent, journal: Path) -> None:
    """What a server does once a host has listed its tools."""
    await agent.tools()
    await agent.ask("list_projects")
    for _ in range(1_000):  # it settles in the background and tells nobody
        if {None, "unknown"}.isdisjoint(journaled(journal)[-1].outcomes.values()):
            return
        await anyio.sleep(0.02)


def _hold_not_again(attempt: Attempt, plan: Journaled, unnoticed: set[str], said: str) -> None:
    """What is there already and nobody was told of is left out, or where that is a part, named before it is asked."""
    # By what is set too: a step that is not there any more leaves its number to the next.
    proposed = [_what(item) for item in journaled(attempt.journal)[-1].plan["items"]]
    same = {item["key"] for item in plan.plan["items"] if _what(item) in proposed}
    doubled = same & unnoticed - plan.partly
    if doubled:
        raise Untrue("doubled", f"{doubled} would be")
    named = {key for key in unnoticed if plan.made[key] or key not in plan.partly}
    if named and attempt.case.job.first is None and "earlier attempt" not in said and "already_so" not in said:
        raise Untrue("lost", f"{named} is there, and the question says nothing of it: {said}")


def _what(item: dict[str, Any]) -> tuple[str, ...]:
    return (item["key"], *(one["name"] for one in item["fields"]))
