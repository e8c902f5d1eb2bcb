"""The journal: no write without it, every answer in it, and what was left open is settled by reading Kitsu."""

from __future__ import annotations

import asyncio
import resource
import sqlite3
import stat
import time
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from mcp.types import InputRequiredResult

from kitsu_tools.gate import sending
from kitsu_tools.gate.journal import Journal
from support.api import ask
from support.client import connected
from support.faults import answer, fault_proxy, hold, lose_answer
from support.held import Journaled, journaled, nothing_written
from support.person import Person

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection

pytestmark = pytest.mark.anyio

TASK = "Salt Harbour/SQ020/SH0010:Layout"
THREE = [f"Robo Garden/E01/SQ01/SH{number:03d}0:Animation" for number in range(1, 4)]


async def test_only_its_owner_may_read_the_journal(pristine: Connection, journal: Path) -> None:
    async with connected(pristine, on_question=Person("decline"), journal=journal) as agent:
        await agent.ask("add_comment", task=TASK, text="Kept to ourselves.")
    assert (_mode(journal), _mode(journal.parent)) == (0o600, 0o700)


async def test_the_journal_holds_no_secret(pristine: Connection, journal: Path) -> None:
    async with connected(pristine, on_question=Person(), journal=journal) as agent:
        await agent.ask("add_comment", task=TASK, text="Public.")
    assert pristine.token("manager").encode() not in _content(journal.parent)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _content(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


async def test_every_proposal_and_answer_is_recorded(pristine: Connection, journal: Path) -> None:
    for action in ("decline", "cancel", "accept"):
        async with connected(pristine, on_question=Person(action), journal=journal) as agent:
            await agent.ask("add_comment", task=TASK, text="The same three times.")
    plans = journaled(journal)
    assert [plan.answer for plan in plans] == ["decline", "cancel", "accept 1 of 1"]
    assert len({plan.code for plan in plans}) == 3
    assert [list(plan.outcomes.values()) for plan in plans] == [[], [], ["applied"]]


async def test_a_full_disk_refuses_the_write(pristine: Connection, journal: Path) -> None:
    async with connected(pristine, on_question=Person("decline"), journal=journal) as agent:
        await agent.ask("add_comment", task=TASK, text="First, so that the journal exists.")
    person = Person()
    with nothing_written(pristine):
        async with connected(pristine, on_question=person, journal=journal) as agent:
            with _full_disk():
                refusal = await agent.refusal("add_comment", task=TASK, text="No room.")
    assert "journal" in refusal
    assert "nothing is sent without it" in refusal
    assert person.asked == []


async def test_a_journal_that_cannot_be_opened_refuses_the_write(pristine: Connection, tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("not a folder")
    with nothing_written(pristine):
        async with connected(pristine, on_question=Person(), journal=in_the_way / "journal.sqlite3") as agent:
            refusal = await agent.refusal("add_comment", task=TASK, text="Nowhere to write down.")
            assert (await agent.ask("list_projects"))["total"] > 0
    assert "KITSU_JOURNAL" in refusal


async def test_a_disk_that_fills_while_the_person_reads_sends_nothing(pristine: Connection, journal: Path) -> None:
    with ExitStack() as full, nothing_written(pristine):
        person = Person(meanwhile=lambda: full.enter_context(_full_disk()))
        async with connected(pristine, mode="legacy", on_question=person, journal=journal) as agent:
            refusal = await agent.refusal("add_comment", task=TASK, text="Too late.")
    assert "nothing is sent without it" in refusal


@pytest.mark.parametrize(
    ("arrived", "age", "outcome"),
    [(True, 1, "applied"), (False, 600, "failed"), (False, 1, "unknown")],
    ids=["it arrived", "it did not, ten minutes ago", "it did not, a second ago"],
)
async def test_what_was_left_between_about_to_and_done_is_settled_at_the_next_start(
    pristine: Connection, journal: Path, arrived: bool, age: float, outcome: str
) -> None:
    await _leave_open(pristine, journal, arrived=arrived, age=age)
    async with connected(pristine, journal=journal) as agent:
        await agent.tools()  # what is left open is settled once a host has listed the tools
        await agent.ask("list_projects")
        await _settled(journal, outcome)
    assert set(_left_open(journal).outcomes.values()) == {outcome}


async def test_the_next_proposal_settles_what_was_left_open_too(pristine: Connection, journal: Path) -> None:
    await _leave_open(pristine, journal, arrived=True, age=1)
    async with connected(pristine, on_question=Person("decline"), journal=journal) as agent:
        await agent.ask("add_comment", task=TASK, text="Another one.")
    assert set(_left_open(journal).outcomes.values()) == {"applied"}


@pytest.mark.parametrize(("age", "looks_again"), [(3600, True), (100_000, False)], ids=["an hour", "a day"])
async def test_what_cannot_be_read_any_more_is_looked_for_until_a_day_later(
    pristine: Connection, journal: Path, age: float, looks_again: bool
) -> None:
    await _leave_open(pristine, journal, arrived=True, age=age)
    async with fault_proxy(pristine.event_host) as proxy:
        proxy.fault(answer(403, {"message": "not yours"}), method="GET", path="/comments", times=None)
        async with connected(pristine, host=proxy.url, on_question=Person("decline"), journal=journal) as agent:
            with closing(sqlite3.connect(journal)) as db, db:
                db.execute("update changes set kitsu = replace(kitsu, ?, ?)", (pristine.host, f"{proxy.url}/api"))
            for text in ("One more.", "And one more."):
                await agent.ask("add_comment", task=TASK, text=text)
        looks = proxy.count("GET", "/comments")
        with closing(sqlite3.connect(journal)) as db:
            ((outcome, detail),) = db.execute("select outcome, detail from items").fetchall()
    if looks_again:
        assert (looks > 2, outcome) == (True, None)
    else:
        assert (looks, outcome) == (1, "unknown")
        assert detail.startswith("not looked for any more, a day after it was sent: ")
    unsettled = Journal(journal)
    try:
        assert bool(await unsettled.unsettled(f"{proxy.url}/api")) == looks_again
    finally:
        await unsettled.close()


async def test_what_other_calls_send_meanwhile_is_not_settled_for_them(pristine: Connection, journal: Path) -> None:
    """A plan that was proposed before it was sent leaves it alone, however often its question is rendered."""
    task = "Salt Harbour/SQ010/SH0030:Animation"
    released = asyncio.Event()
    async with fault_proxy(pristine.event_host) as proxy:
        proxy.fault(hold(released), method="POST", path="/comment")
        async with connected(pristine, mode="auto", host=proxy.url, on_question=Person(), journal=journal) as agent:
            asked = await agent.mcp.session.call_tool(
                "add_comment", {"task": task, "text": "First asked."}, allow_input_required=True
            )
            assert isinstance(asked, InputRequiredResult)
            async with anyio.create_task_group() as group:
                group.start_soon(partial(agent.ask, "add_comment", task=TASK, text="Under way."))
                await proxy.until(lambda: proxy.count("POST", "/comment") == 1)
                before = proxy.count("GET", "/comments")
                await agent.mcp.session.call_tool(
                    "add_comment", {"task": task, "text": "First asked."}, allow_input_required=True
                )
                assert proxy.count("GET", "/comments") == before
                released.set()


async def test_who_copies_the_code_is_not_taken_for_us(pristine: Connection, journal: Path) -> None:
    await _leave_open(pristine, journal, arrived=False, age=600)
    task_id = next(iter(_left_open(journal).outcomes))
    admin = pristine.token("admin")
    status = ask(pristine.host, f"data/tasks/{task_id}", admin).body["task_status_id"]
    body = {"task_status_id": status, "comment": f"— AI agent, confirmed by me [{_left_open(journal).code}]"}
    assert ask(pristine.host, f"actions/tasks/{task_id}/comment", admin, method="POST", body=body).status == 201
    async with connected(pristine, on_question=Person("decline"), journal=journal) as agent:
        await agent.ask("add_comment", task=TASK, text="Another one.")
    assert list(_left_open(journal).outcomes.values()) == ["failed"]


async def test_all_of_a_batch_is_written_down_before_the_first_goes_and_what_did_not_go_is_struck_out(
    pristine: Connection, journal: Path
) -> None:
    released = asyncio.Event()
    receipts: list[dict[str, Any]] = []
    async with fault_proxy(pristine.event_host) as proxy:
        proxy.fault(hold(released), method="PUT", path="data/tasks")
        async with connected(pristine, host=proxy.url, on_question=Person(), journal=journal) as agent:

            async def plan() -> None:
                receipts.append(await agent.ask("plan_tasks", tasks=THREE, difficulty=5, estimate="3d"))

            async with anyio.create_task_group() as group:
                group.start_soon(plan)
                await proxy.until(lambda: proxy.count("PUT", "data/tasks") == 1)
                assert _sql(journal, "select outcome from items") == [(None,)] * 3
                assert _sql(journal, "select count(*) from requests") == [(3,)]
                proxy.fault(answer(400, {"message": "no"}), method="PUT", path="data/tasks")
                released.set()
    assert receipts[0]["outcome"] == "1 applied, 1 refused, 1 skipped"
    assert list(journaled(journal)[0].outcomes.values()) == ["applied", "refused"]
    assert _sql(journal, "select count(*) from requests") == [(2,)]


async def test_what_goes_late_is_written_down_anew_so_that_it_is_looked_for_as_long_as_the_rest(
    pristine: Connection, journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "KNOWN_SECONDS", 0.0)
    async with connected(pristine, on_question=Person(), journal=journal) as agent:
        await agent.ask("plan_tasks", tasks=THREE, difficulty=5, estimate="3d")
    assert len(_sql(journal, "select distinct sent_at from items")) == 3
    assert _sql(journal, "select count(*) from requests") == [(3,)]


async def test_what_is_of_a_production_that_is_left_out_is_not_settled_by_what_cannot_be_seen(
    pristine: Connection, journal: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Of its tasks no read answers anything, as if what was sent had never come."""
    async with connected(pristine, on_question=Person(), journal=journal) as agent:
        await agent.ask("assign_tasks", tasks=THREE[:1], people=["Sam Adeyemi"])
    _sql(journal, "update items set outcome = null, sent_at = sent_at - 600")
    async with connected(
        pristine, on_question=Person("decline"), journal=journal, KITSU_PROJECTS="Salt Harbour"
    ) as one:
        await one.tools()
        await one.ask("add_comment", task=TASK, text="Elsewhere.")
        await one.ask("list_changes")
    assert _sql(journal, "select outcome from items") == [(None,)]
    assert "Robo Garden" not in caplog.text
    async with connected(pristine, on_question=Person("decline"), journal=journal) as agent:
        await agent.ask("add_comment", task=TASK, text="Here.")
    assert _sql(journal, "select outcome from items") == [("applied",)]


def _sql(journal: Path, statement: str) -> list[Any]:
    with closing(sqlite3.connect(journal)) as db, db:
        return db.execute(statement).fetchall()


async def _settled(journal: Path, outcome: str) -> None:
    """Wait for the outcome, at most a minute: the server settles in the background and tells nobody."""
    for _ in range(3_000):
        if set(_left_open(journal).outcomes.values()) == {outcome}:
            return
        await anyio.sleep(0.02)


def _left_open(journal: Path) -> Journaled:
    (left,) = [plan for plan in journaled(journal) if plan.text == "Left open."]
    return left


async def _leave_open(connection: Connection, journal: Path, *, arrived: bool, age: float) -> None:
    """A comment that was sent, with the journal as a killed process leaves it: without an outcome."""
    async with fault_proxy(connection.event_host) as proxy:
        proxy.fault(lose_answer() if arrived else answer(503, b""), method="POST", path="/comment")
        async with connected(connection, host=proxy.url, on_question=Person(), journal=journal) as agent:
            await agent.ask("add_comment", task=TASK, text="Left open.")
    with closing(sqlite3.connect(journal)) as db, db:
        outcome = None if arrived else "unknown"
        db.execute("update items set outcome = ?, sent_at = ?", (outcome, time.time() - age))
        db.execute("update changes set kitsu = replace(kitsu, ?, ?)", (f"{proxy.url}/api", connection.host))


@contextmanager
def _full_disk() -> Generator[None]:
    """No file of this process may grow any more, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
