"""`undo_change`, as an agent drives it: asked like any change, each thing gets back what it had itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.api import ask
from support.client import connected
from support.faults import answer, fault_proxy
from support.held import held_to_plan, journaled, nothing_written
from support.person import Person

if TYPE_CHECKING:
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection
    from support.client import Mode

pytestmark = pytest.mark.anyio

TASK = "Salt Harbour/SQ020/SH0010:Layout"
FIVE = [f"Robo Garden/E01/SQ01/SH{number:03d}0:Animation" for number in range(1, 6)]
LAYOUT = "Robo Garden/E01/SQ01/SH0130:Layout"
FORMER = ["retake", "wip", "wfa", "wip", "retake"]


async def _changed(pristine: Connection, journal: Path) -> str:
    """Five tasks of three statuses were set to one; the code of that."""
    rows = [{"task": task, "status": status, "text": "Look."} for task, status in zip(FIVE, FORMER, strict=True)]
    async with connected(pristine, on_question=Person(), journal=journal) as agent:
        await agent.ask("change_status", rows=rows)
        return (await agent.ask("change_status", tasks=FIVE, status="done", text="Approved."))["journal"]


async def test_each_task_gets_its_own_former_status_back_in_one_question(
    pristine: Connection, journal: Path, era: Mode
) -> None:
    code = await _changed(pristine, journal)
    person = Person()
    with held_to_plan(pristine, journal):
        async with connected(pristine, mode=era, on_question=person, journal=journal) as agent:
            receipt = await agent.ask("undo_change", code=f"[{code.upper()}] ")
    assert [row[:4] for row in receipt["rows"]] == [
        [task, "applied", "done", status] for task, status in zip(FIVE, FORMER, strict=True)
    ]
    assert len(person.asked) == 1
    assert person.asked[0].startswith(f"Take back [{code}] on 5 tasks in Robo Garden (done → retake ×2, done → wip ×2")
    assert person.forms[0]["comment"] == f"Takes back [{code}]."


async def test_what_is_unticked_keeps_what_it_got(pristine: Connection, journal: Path) -> None:
    code = await _changed(pristine, journal)
    person = Person(edit=lambda form: form | {"changes": form["changes"][1:]})
    with held_to_plan(pristine, journal):
        async with connected(pristine, on_question=person, journal=journal) as agent:
            receipt = await agent.ask("undo_change", code=code)
    assert receipt["outcome"] == "4 applied, 1 skipped"


async def test_what_somebody_has_changed_since_is_left_out_by_name(pristine: Connection, journal: Path) -> None:
    """Also where it was set to the same again meanwhile: that is somebody's decision too."""
    code = await _changed(pristine, journal)
    for address, status in ((FIVE[0], "wip"), (FIVE[1], "retake"), (FIVE[1], "done"), (FIVE[2], "wfa")):
        _comment(pristine, journal, address, status)
    with held_to_plan(pristine, journal):
        async with connected(pristine, on_question=Person(), journal=journal) as agent:
            receipt = await agent.ask("undo_change", code=code)
            assert [row[0] for row in receipt["rows"]] == FIVE[3:]
            again = await agent.refusal("undo_change", code=code)
    assert f"{FIVE[0]} (changed since: Admin Bot set wip at " in receipt["warnings"][0]
    assert f"{FIVE[1]} (changed since: Admin Bot set done at " in receipt["warnings"][0]
    assert f"{FIVE[2]} (it is wfa again already)" in receipt["warnings"][0]
    assert f"Nothing of [{code}] can come back: {FIVE[0]} (changed since" in again
    assert again.endswith("Nothing was written.")


async def test_an_undo_can_be_taken_back_like_any_change(pristine: Connection, journal: Path) -> None:
    code = await _changed(pristine, journal)
    async with connected(pristine, on_question=Person(), journal=journal) as agent:
        undo = await agent.ask("undo_change", code=code)
        with held_to_plan(pristine, journal):
            receipt = await agent.ask("undo_change", code=undo["journal"])
    assert [row[2:4] for row in receipt["rows"]] == [[status, "done"] for status in FORMER]


async def test_what_kitsu_did_because_of_it_stays_and_the_question_says_so(pristine: Connection, journal: Path) -> None:
    person = Person()
    async with connected(pristine, on_question=person, journal=journal) as agent:
        await agent.ask("change_status", tasks=[LAYOUT], status="wip")
        code = (await agent.ask("change_status", tasks=[LAYOUT], status="done"))["journal"]
        with held_to_plan(pristine, journal):
            await agent.ask("undo_change", code=code)
    assert "What Kitsu itself changed with it stays: SH0130:Animation" in person.asked[-1]


async def test_words_do_not_come_back(pristine: Connection, journal: Path) -> None:
    async with connected(pristine, on_question=Person(), journal=journal) as agent:
        code = (await agent.ask("add_comment", task=TASK, text="Said."))["journal"]
        with nothing_written(pristine):
            refusal = await agent.refusal("undo_change", code=code)
    assert "words do not come back: whoever follows the task has been told" in refusal
    assert refusal.endswith("Nothing was written.")


async def test_what_is_no_change_of_ours_or_was_never_written_is_refused(pristine: Connection, journal: Path) -> None:
    code = await _changed(pristine, journal)
    person = Person("decline")
    async with fault_proxy(pristine.event_host) as proxy:
        with nothing_written(pristine):
            async with connected(pristine, mode="auto", on_question=person, journal=journal) as agent:
                declined = (await agent.ask("change_status", tasks=[TASK], status="done"))["journal"]
                await agent.mcp.session.call_tool(
                    "change_status", {"tasks": [TASK], "status": "retake"}, allow_input_required=True
                )
                open_one = journaled(journal)[-1].code
                for wrong, why in {
                    "qqqqqq": "no change 'qqqqqq' was proposed by this identity on this Kitsu",
                    "": "no change '' was proposed",
                    declined: "declined (decline)",
                    open_one: "not answered",
                }.items():
                    refusal = await agent.refusal("undo_change", code=wrong)
                    assert why in refusal
                    assert refusal.endswith("Nothing was written.")
            for role, host in (("supervisor", None), ("manager", proxy.url)):
                async with connected(pristine, role=role, host=host, on_question=person, journal=journal) as agent:
                    refusal = await agent.refusal("undo_change", code=code)
                    assert f"no change '{code}' was proposed by this identity on this Kitsu" in refusal
                    assert (await agent.ask("list_changes"))["rows"] == []
    assert len(person.asked) == 1


async def test_what_nobody_knows_to_be_written_is_not_taken_back(pristine: Connection, journal: Path) -> None:
    async with fault_proxy(pristine.event_host) as proxy:
        proxy.fault(answer(503, b""), method="POST", path="/comment")
        async with connected(pristine, host=proxy.url, on_question=Person(), journal=journal) as agent:
            code = (await agent.ask("change_status", tasks=[TASK], status="done"))["journal"]
            refusal = await agent.refusal("undo_change", code=code)
    assert f"Nothing of [{code}] is known to be written whole (1 unknown)" in refusal


def _comment(connection: Connection, journal: Path, address: str, status: str) -> None:
    """Somebody else comments, past our server."""
    admin = connection.token("admin")
    target = next(one["target"] for one in journaled(journal)[-1].plan["items"] if one["address"] == address)
    statuses = {one["short_name"]: one["id"] for one in ask(connection.host, "data/task-status", admin).body}
    body = {"task_status_id": statuses[status], "comment": "Elsewhere."}
    assert ask(connection.host, f"actions/tasks/{target}/comment", admin, method="POST", body=body).status == 201
