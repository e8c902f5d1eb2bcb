"""What an attempt wrote of which nobody was told is not written twice, and what comes after loses no receipt."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from support.client import connected
from support.faults import answer, delay, fault_proxy, rewrite
from support.held import held_to_plan, journaled, nothing_written
from support.person import Person

if TYPE_CHECKING:
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection

pytestmark = pytest.mark.anyio

TASK = "Salt Harbour/SQ020/SH0010:Layout"
THREE = [f"Robo Garden/E01/SQ01/SH{number:03d}0:Animation" for number in range(1, 4)]
MANY = [f"Robo Garden/E01/SQ01/SH{number:03d}0:{kind}" for kind in ("Animation", "Lighting") for number in range(1, 13)]


def _sql(journal: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(journal)) as db, db:
        db.execute(statement, values)


async def test_of_a_batch_only_what_nobody_was_told_of_is_left_out(pristine: Connection, journal: Path) -> None:
    """And the question is the same in both rounds of a confirmation, which only today's protocol has."""
    rows = [{"task": task, "text": f"Look at {number}."} for number, task in enumerate(THREE)]
    async with connected(pristine, on_question=Person(), journal=journal) as agent:
        code = (await agent.ask("add_comment", rows=rows))["journal"]
    _sql(journal, "update items set outcome = null, told_at = null where address in (?, ?)", *THREE[:2])
    person = Person()
    with held_to_plan(pristine, journal):
        async with connected(pristine, on_question=person, journal=journal) as agent:
            receipt = await agent.ask("add_comment", rows=rows)
    assert [row[:2] for row in receipt["rows"]] == [[THREE[2], "applied"]]
    assert [one.partition(" (in Kitsu since ")[0] for one in receipt["already_so"]] == THREE[:2]
    assert all(one.endswith(f"from an earlier attempt [{code}])") for one in receipt["already_so"])
    assert len(person.asked) == 1
    with nothing_written(pristine):
        async with connected(pristine, on_question=Person("decline"), journal=journal) as agent:
            again = await agent.ask("add_comment", rows=rows)
    assert again["outcome"].startswith("Nothing was written: the person said no")
    assert "already_so" not in again


async def test_what_may_still_be_on_its_way_is_not_asked_again_for_two_minutes(
    pristine: Connection, journal: Path
) -> None:
    person = Person()
    async with fault_proxy(pristine.event_host) as proxy:
        proxy.fault(answer(504, b""), method="POST", path="/comment")
        async with connected(pristine, host=proxy.url, on_question=person, journal=journal) as agent:
            code = (await agent.ask("add_comment", task=TASK, text="Swallowed."))["journal"]
            with nothing_written(pristine):
                refusal = await agent.refusal("add_comment", task=TASK, text="Swallowed.")
                await agent.refusal("add_comment", task=TASK, text="Swallowed.")
            assert len(person.asked) == 1
            _sql(journal, "update items set sent_at = ?", time.time() - 130)
            receipt = await agent.ask("add_comment", task=TASK, text="Swallowed.")
    assert refusal.startswith(f"Whether this is in Kitsu is not known yet: {TASK} (sent 20")
    assert f"from an earlier attempt [{code}])" in refusal
    assert (receipt["outcome"], len(person.asked)) == ("1 applied", 2)


async def test_what_could_not_be_found_out_is_said_in_the_question(pristine: Connection, journal: Path) -> None:
    person = Person()
    async with fault_proxy(pristine.event_host) as proxy:
        proxy.fault(answer(403, {"message": "not yours"}), method="GET", path="/comments", times=None)
        async with connected(pristine, host=proxy.url, on_question=person, journal=journal) as agent:
            code = (await agent.ask("add_comment", task=TASK, text="Unread."))["journal"]
            _sql(journal, "update items set sent_at = ?", time.time() - 130)
            await agent.ask("add_comment", task=TASK, text="Unread.")
    assert "perhaps in Kitsu since" in person.asked[1]
    assert f"from an earlier attempt [{code}]" in person.asked[1]


async def _settled(journal: Path) -> None:
    """Wait until a call that was cancelled is at its end, at most a minute: it tells nobody."""
    for _ in range(3_000):
        if journaled(journal)[0].outcomes and None not in journaled(journal)[0].outcomes.values():
            return
        await anyio.sleep(0.02)


async def test_a_receipt_nobody_got_because_the_call_was_cancelled_is_known_to_the_next(
    pristine: Connection, journal: Path
) -> None:
    person = Person()
    async with fault_proxy(pristine.event_host) as proxy:
        proxy.fault(delay(1.0), method="POST", path="/comment")
        async with connected(pristine, host=proxy.url, on_question=person, journal=journal) as agent:
            async with anyio.create_task_group() as group:
                group.start_soon(partial(agent.ask, "add_comment", task=TASK, text="Cancelled."))
                await proxy.until(lambda: proxy.count("POST", "/comment") == 1)
                group.cancel_scope.cancel()
            await _settled(journal)
            refusal = await agent.refusal("add_comment", task=TASK, text="Cancelled.")
    assert list(journaled(journal)[0].outcomes.values()) == ["applied"]
    assert refusal.startswith(f"That is written already: {TASK}")
    assert len(person.asked) == 1


@pytest.mark.parametrize("after", [0, 2], ids=["in the last look", "between two batches"])
@pytest.mark.parametrize("odd", [[{"id": None}], {"error": "maintenance"}, [7]], ids=repr)
async def test_an_odd_answer_while_it_is_sent_ends_in_a_receipt_that_is_true(
    pristine: Connection, journal: Path, after: int, odd: Any
) -> None:
    def turn_odd() -> None:
        proxy.fault(rewrite(lambda _: odd), method="GET", path="data/tasks?", times=1, after=after)

    async with fault_proxy(pristine.event_host) as proxy:
        person = Person(meanwhile=turn_odd)
        async with connected(pristine, host=proxy.url, mode="legacy", on_question=person, journal=journal) as agent:
            with held_to_plan(pristine, journal):
                receipt = await agent.ask("change_status", tasks=MANY, status="neutral")
    assert receipt["outcome"] == ("20 applied, 4 skipped" if after else "24 skipped")
    assert "not sent: " in receipt["rows"][-1][4]
    assert set(journaled(journal)[0].outcomes.values()) == ({"applied"} if after else set())
