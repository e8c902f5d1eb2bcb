"""`assign_tasks`, as an agent drives it, on the real sandbox Kitsu."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from pydantic import TypeAdapter

from kitsu_tools.write.kinds import KINDS
from support.client import connected, opened
from support.faults import answer, fault_proxy, lose_answer
from support.held import held_to_plan, journaled, nothing_written
from support.person import Person

if TYPE_CHECKING:
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection
    from kitsu_tools.gate.change import Change
    from support.client import Mode
    from support.held import Journaled

pytestmark = pytest.mark.anyio

TWELVE = [f"Robo Garden/E01/SQ01/SH{number:03d}0:Animation" for number in range(1, 13)]
ONE = "Salt Harbour/SQ010/SH0020:Animation"
ANIMATORS = {"Aiko Hayashi", "Theo Marchand"}


async def test_only_who_is_not_assigned_yet_is_sent(pristine: Connection, journal: Path, era: Mode) -> None:
    person = Person()
    async with fault_proxy(pristine.event_host) as proxy:
        with held_to_plan(pristine, journal):
            async with connected(pristine, mode=era, on_question=person, host=proxy.url, journal=journal) as agent:
                receipt = await agent.ask("assign_tasks", tasks=TWELVE, people=["Aiko Hayashi", "theo@example.com"])
    named = {row[0]: row for row in receipt["rows"]}
    assert receipt["outcome"] == f"{len(named)} applied"
    assert set(named) | set(receipt.get("already_so", [])) == set(TWELVE)
    for _, _, was, now, _ in receipt["rows"]:
        assert set(now.split(", ")) == (set(was.split(", ")) - {"nobody"}) | ANIMATORS
        assert not set(was.split(", ")) >= ANIMATORS
    sent = [(one.path, one.json["task_ids"]) for one in proxy.requests if one.path.endswith("/assign")]
    assert len({path for path, _ in sent}) == 2
    assert all(0 < len(tasks) <= 25 for _, tasks in sent)
    fields = {item["target"]: item["fields"][0] for item in journaled(journal)[-1].sent}
    missing = {
        (one, task)
        for task, field in fields.items()
        for one in set(field["after"]["raw"]) - set(field["before"]["raw"])
    }
    assert sorted((path.split("/")[-2], task) for path, tasks in sent for task in tasks) == sorted(missing)
    assert "Tells Aiko Hayashi, Theo Marchand." in person.asked[0]


async def test_who_is_replaced_and_restored_is_each_tasks_own(pristine: Connection, journal: Path) -> None:
    person, people = Person(), ["Sam Adeyemi", "Noor Rahman"]
    async with connected(pristine, on_question=person, journal=journal) as agent:
        with held_to_plan(pristine, journal):
            receipt = await agent.ask("assign_tasks", tasks=TWELVE[:5], people=people, how="replace")
        assert {row[3] for row in receipt["rows"]} == {"Noor Rahman, Sam Adeyemi"}
        undone = await _undo(pristine, journaled(journal)[-1])
        assert {item.address: item.fields[0].after.shown for item in undone.items} == {
            row[0]: row[2] for row in receipt["rows"]
        }
        with held_to_plan(pristine, journal):
            back = await agent.ask("undo_change", code=receipt["journal"])
        assert [[row[0], row[3]] for row in back["rows"]] == [[row[0], row[2]] for row in receipt["rows"]]
        with held_to_plan(pristine, journal):
            receipt = await agent.ask("assign_tasks", tasks=TWELVE[:5], people=["none"], how="replace")
        assert {row[3] for row in receipt["rows"]} == {"nobody"}
    assert "Takes off" in person.asked[0]


async def test_what_somebody_assigned_since_stays_with_an_undo(pristine: Connection, journal: Path) -> None:
    async with connected(pristine, on_question=Person(), journal=journal) as agent:
        await agent.ask("assign_tasks", tasks=[ONE], people=["Noor Rahman"])
        await agent.ask("assign_tasks", tasks=[ONE], people=["Sam Adeyemi"])
        first, second = journaled(journal)[-2:]
        undone = await _undo(pristine, first)
        assert undone.items[0].fields[0].move == "−Noor Rahman"
        await agent.ask("assign_tasks", tasks=[ONE], people=["Sam Adeyemi"], how="remove")
        with pytest.raises(Exception, match="Gone or changed since"):
            await _undo(pristine, second)


async def test_joining_the_team_is_shown_and_bound_to_what_is_ticked(pristine: Connection, journal: Path) -> None:
    person = Person(edit=lambda form: form | {"changes": form["changes"][1:]})
    tasks = TWELVE[:4]
    with held_to_plan(pristine, journal):
        async with connected(pristine, on_question=person, journal=journal) as agent:
            receipt = await agent.ask("assign_tasks", tasks=tasks, people=["Super Admin"])
    assert "Not on the team so far: Super Admin" in person.asked[0]
    assert "Kitsu itself also changes: Super Admin joins the team" in person.asked[0]
    assert receipt["also_changed_by_kitsu"] == ["Super Admin joins the team (now on the team)"]
    assert [row[1] for row in receipt["rows"]] == ["applied"] * 3 + ["skipped"]


@pytest.mark.parametrize(
    ("people", "how", "says"),
    [
        (["Piet Jansen"], "add", "Not active in Kitsu any more, so not to be assigned: Piet Jansen"),
        (["User Bot"], "add", "bots, to whom Kitsu assigns nothing unless Salt Harbour lets bots collaborate"),
        (["Mara Okafro"], "add", "Did you mean Mara Okafor?"),
        (["nobody@example.com"], "add", "nobody has the e-mail 'nobody@example.com'"),
        (["00000000-0000-4000-8000-000000000000"], "add", "No person has the id"),
        ([], "add", "name at least one"),
        ([], "replace", 'how="replace", people=["none"]'),
        (["none"], "add", "No person 'none'"),
        (["Ville Laine"], "remove", "Every task is so already: without Ville Laine"),
        (["Aiko Hayashi"], "exchange", "how: Input should be 'add', 'remove' or 'replace'"),
    ],
)
async def test_people_who_cannot_be_meant_are_refused(
    pristine: Connection, journal: Path, people: list[str], how: str, says: str
) -> None:
    person = Person()
    with nothing_written(pristine):
        async with connected(pristine, on_question=person, journal=journal) as agent:
            refusal = await agent.refusal("assign_tasks", tasks=[ONE], people=people, how=how)
    assert says in refusal
    assert "Nothing was" in refusal
    assert person.asked == []


async def test_of_two_with_one_name_one_must_be_named(pristine: Connection, journal: Path) -> None:
    with psycopg.connect(pristine.database) as database:
        database.execute("update person set first_name = 'Noor', last_name = 'Rahman' where first_name = 'Sam'")
    async with connected(pristine, on_question=Person(), journal=journal) as agent:
        with nothing_written(pristine):
            refusal = await agent.refusal("assign_tasks", tasks=[ONE], people=["Noor Rahman"])
        label = refusal.split(": ", 1)[1].split(", ")[0]
        with held_to_plan(pristine, journal):
            receipt = await agent.ask("assign_tasks", tasks=[ONE], people=[label])
    assert "is not one person but 2" in refusal
    assert label in receipt["rows"][0][3]


async def test_a_bot_is_assigned_where_bots_collaborate(pristine: Connection, journal: Path) -> None:
    with held_to_plan(pristine, journal):
        async with connected(pristine, on_question=Person(), journal=journal) as agent:
            receipt = await agent.ask("assign_tasks", tasks=TWELVE[:1], people=["User Bot"])
    assert "User Bot" in receipt["rows"][0][3]


@pytest.mark.parametrize("role", ["supervisor", "user", "client", "vendor"])
async def test_what_zou_would_leave_out_for_a_role_is_refused_before(
    pristine: Connection, journal: Path, role: str
) -> None:
    """A supervisor of no department assigns all; one of a department only people and tasks of it."""
    with psycopg.connect(pristine.database) as database:
        database.execute(
            "insert into department_link (person_id, department_id) select p.id, d.id from person p, department d "
            "where p.is_bot and p.role = 'supervisor' and d.name = 'Animation'"
        )
    person = Person()
    async with connected(pristine, role=role, on_question=person, journal=journal) as agent:
        with nothing_written(pristine):
            refusal = await agent.refusal("assign_tasks", tasks=TWELVE[:1], people=["Lena Kowalski"])
            assert "Nothing was written" in refusal
            assert person.asked == []
        if role == "supervisor":
            assert "assigns only people and tasks of its departments" in refusal
            with held_to_plan(pristine, journal):
                receipt = await agent.ask("assign_tasks", tasks=TWELVE[:1], people=["Aiko Hayashi"])
            assert receipt["rows"][0][1] == "applied"


async def test_what_zou_leaves_out_with_a_200_is_not_said_to_be_done(pristine: Connection, journal: Path) -> None:
    async with fault_proxy(pristine.event_host) as proxy:
        proxy.fault(answer(200, []), method="PUT", path="/assign")
        with held_to_plan(pristine, journal):
            async with connected(pristine, on_question=Person(), host=proxy.url, journal=journal) as agent:
                receipt = await agent.ask("assign_tasks", tasks=TWELVE[:2], people=["Sam Adeyemi"])
    assert [row[1] for row in receipt["rows"]] == ["failed"] * 2
    assert receipt["rows"][0][4] == "Kitsu answered success but left it as it was"


async def test_a_lost_answer_is_looked_for_task_by_task(pristine: Connection, journal: Path) -> None:
    """Of two requests the first is lost after it took effect: the task is half of what was wanted, and says so."""
    async with fault_proxy(pristine.event_host) as proxy:
        proxy.fault(lose_answer(), method="PUT", path="/assign")
        async with connected(pristine, on_question=Person(), host=proxy.url, journal=journal) as agent:
            receipt = await agent.ask("assign_tasks", tasks=[ONE], people=["Sam Adeyemi"])
            assert receipt["rows"][0][1] == "applied"
            proxy.fault(lose_answer(), method="PUT", path="/assign")
            receipt = await agent.ask("assign_tasks", tasks=[ONE], people=["Noor Rahman"], how="replace")
    (row,) = receipt["rows"]
    assert row[1] == "unknown"
    assert "Noor Rahman" in row[3]
    assert "Sam Adeyemi" in row[3]
    assert "did not set all of it" in row[4]


async def _undo(connection: Connection, plan: Journaled) -> Change:
    kind: Any = KINDS[plan.plan["kind"]]
    change: Change = TypeAdapter(kind.change).validate_python(plan.plan)
    applied = [item for item in change.items if plan.outcomes.get(item.key) == "applied"]
    async with opened(connection) as kitsu:
        return await kind.undo(kitsu, change, applied)
