"""Writes when things go wrong on the wire: nothing is sent twice, nothing is called done that Kitsu did not confirm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.api import ask
from support.client import connected
from support.database import snapshot
from support.faults import answer, cut_before, cut_midway, fault_proxy, hang, lose_answer, read_seconds
from support.held import held_to_plan, journaled, nothing_written
from support.person import Person

if TYPE_CHECKING:
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection
    from support.faults import Fault

pytestmark = pytest.mark.anyio

TASK = "Salt Harbour/SQ020/SH0010:Layout"
SEVERAL = [f"Robo Garden/E01/SQ01/SH{number:03d}0:Animation" for number in range(1, 13)]
MANY = [*SEVERAL, *(f"Robo Garden/E01/SQ01/SH{number:03d}0:Lighting" for number in range(1, 13))]


@pytest.mark.parametrize(
    "fault", [lose_answer(), lose_answer(reset=True), cut_midway(), hang(after_forwarding=True)], ids=str
)
async def test_a_lost_answer_is_settled_by_reading_kitsu(pristine: Connection, journal: Path, fault: Fault) -> None:
    async with fault_proxy(pristine.event_host) as proxy:
        proxy.fault(fault, method="POST", path="/comment")
        with held_to_plan(pristine, journal):
            async with connected(
                pristine,
                host=proxy.url,
                on_question=Person(),
                journal=journal,
                KITSU_READ_SECONDS=read_seconds(fault),
            ) as agent:
                receipt = await agent.ask("add_comment", task=TASK, text="It did arrive.")
        assert proxy.count("POST", "/comment") == 1
    assert receipt["outcome"] == "1 applied"


@pytest.mark.parametrize(
    "fault",
    [
        answer(503, b"busy"),
        answer(504, b"<html>gateway</html>", content_type="text/html"),
        answer(200, b""),
        answer(200, b"<html>please sign in</html>", content_type="text/html"),
        answer(200, {"ok": True}),
        answer(502, {"message": "upstream"}),
        cut_before(),
        cut_before(reset=True),
        hang(),
    ],
    ids=str,
)
async def test_what_kitsu_did_not_confirm_is_unknown_and_not_sent_again(
    pristine: Connection, journal: Path, fault: Fault
) -> None:
    async with fault_proxy(pristine.event_host) as proxy:
        proxy.fault(fault, method="POST", path="/comment", times=None)
        with nothing_written(pristine):
            async with connected(
                pristine,
                host=proxy.url,
                on_question=Person(),
                journal=journal,
                KITSU_READ_SECONDS=read_seconds(fault),
            ) as agent:
                receipt = await agent.ask("add_comment", task=TASK, text="Lost.")
        assert proxy.count("POST", "/comment") == 1
    assert receipt["outcome"] == "1 unknown"
    assert "Do not repeat" in receipt["advice"]
    assert list(journaled(journal)[-1].outcomes.values()) == ["unknown"]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (answer(400, {"message": "No more retakes allowed on this task"}), "No more retakes"),
        (answer(403, {"message": "not readable"}), "role"),
        (answer(429, {"message": "slow"}, headers={"Retry-After": "1"}), "slow down"),
        (answer(401, {"msg": "Token has been revoked"}), "refused the credential"),
    ],
    ids=["400", "403", "429", "401"],
)
async def test_a_refusal_is_told_as_one_and_not_tried_again(
    pristine: Connection, journal: Path, fault: Fault, reason: str
) -> None:
    async with fault_proxy(pristine.event_host) as proxy:
        proxy.fault(fault, method="POST", path="/comment")
        with nothing_written(pristine):
            async with connected(pristine, host=proxy.url, on_question=Person(), journal=journal) as agent:
                receipt = await agent.ask("add_comment", task=TASK, text="Refused.")
        assert proxy.count("POST", "/comment") == 1
    assert receipt["rows"][0][1] == "refused"
    assert reason in receipt["rows"][0][4]


async def test_kitsu_going_away_before_the_write_leaves_it_unsent(pristine: Connection, journal: Path) -> None:
    async with fault_proxy(pristine.event_host) as proxy:
        person = Person(meanwhile=lambda: proxy.fault(cut_before(), times=None) and None)
        with nothing_written(pristine):
            async with connected(pristine, host=proxy.url, mode="legacy", on_question=person, journal=journal) as agent:
                receipt = await agent.ask("add_comment", task=TASK, text="Not sent.")
        assert proxy.count("POST", "/comment") == 0
    assert receipt["rows"][0][1] == "skipped"
    assert "not sent" in receipt["rows"][0][4]


async def test_a_lost_batch_is_read_back_and_the_next_one_is_not_sent(pristine: Connection, journal: Path) -> None:
    async with fault_proxy(pristine.event_host) as proxy:
        proxy.fault(lose_answer(), method="POST", path="comment-many")
        with held_to_plan(pristine, journal):
            async with connected(pristine, host=proxy.url, on_question=Person(), journal=journal) as agent:
                receipt = await agent.ask("change_status", tasks=MANY, status="neutral")
        assert proxy.count("POST", "comment-many") == 1
    assert receipt["outcome"] == "20 applied, 4 skipped"


async def test_a_batch_that_stops_half_way_names_what_was_written(pristine: Connection, journal: Path) -> None:
    """Zou writes the items before a bad one and answers 400 for all; here for a cap set while the person reads."""
    admin, manager = pristine.token("admin"), pristine.token("manager")
    robo = next(one for one in ask(pristine.host, "data/projects/open", manager).body if one["name"] == "Robo Garden")

    def cap_retakes() -> None:
        body = {"max_retakes": 1}
        assert ask(pristine.host, f"data/projects/{robo['id']}", admin, method="PUT", body=body).status == 200

    tasks = [*SEVERAL[:2], "Robo Garden/E01/SQ01/SH0130:Animation", SEVERAL[2]]
    person = Person(meanwhile=cap_retakes)
    before = snapshot(pristine.database)["comment"]
    async with connected(pristine, mode="legacy", on_question=person, journal=journal) as agent:
        receipt = await agent.ask("change_status", tasks=tasks, status="retake", text="Once more.")
    assert len(snapshot(pristine.database)["comment"]) == len(before) + 2
    assert [row[1] for row in receipt["rows"]] == ["applied", "applied", "refused", "refused"]
    assert "No more retakes" in receipt["rows"][2][4]


async def test_what_zou_drops_silently_is_not_called_done(pristine: Connection, journal: Path) -> None:
    """Zou answers 201 to a batch and leaves out what the role may not comment on."""
    async with fault_proxy(pristine.event_host) as proxy:
        proxy.fault(answer(201, []), method="POST", path="comment-many")
        with nothing_written(pristine):
            async with connected(pristine, host=proxy.url, on_question=Person(), journal=journal) as agent:
                receipt = await agent.ask("change_status", tasks=SEVERAL, status="neutral")
    assert receipt["outcome"] == "12 failed"


async def test_a_write_that_cannot_be_read_back_is_unknown(pristine: Connection, journal: Path) -> None:
    before = snapshot(pristine.database)
    async with fault_proxy(pristine.event_host) as proxy:

        def kitsu_falls_silent_after_the_write() -> None:
            proxy.fault(answer(503, b""), method="GET", path="/comments", times=None)

        person = Person(meanwhile=kitsu_falls_silent_after_the_write)
        async with connected(pristine, host=proxy.url, mode="legacy", on_question=person, journal=journal) as agent:
            receipt = await agent.ask("add_comment", task=TASK, text="Written, unread.")
    assert receipt["outcome"] == "1 unknown"
    assert len(snapshot(pristine.database)["comment"]) == len(before["comment"]) + 1
