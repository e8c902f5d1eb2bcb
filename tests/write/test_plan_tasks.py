"""`plan_tasks`, as an agent drives it, on the real sandbox Kitsu."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from pydantic import TypeAdapter

from kitsu_tools.write.kinds import KINDS
from support.api import ask
from support.client import connected, opened
from support.faults import answer, fault_proxy, rewrite
from support.held import held_to_plan, journaled, nothing_written
from support.person import Person

if TYPE_CHECKING:
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection
    from support.client import Mode

pytestmark = pytest.mark.anyio

TWELVE = [f"Robo Garden/E01/SQ01/SH{number:03d}0:Animation" for number in range(1, 13)]
MONDAY = date.today() + timedelta(days=28 - date.today().weekday())  # noqa: DTZ011  four weeks off, in any zone
FRIDAY = MONDAY + timedelta(days=4)
SATURDAY = MONDAY + timedelta(days=5)


async def test_what_is_named_is_set_and_the_rest_stays(pristine: Connection, journal: Path, era: Mode) -> None:
    person = Person()
    given = {"start": str(MONDAY), "due": str(FRIDAY), "estimate": "1.5d", "priority": 2, "difficulty": 4}
    async with (
        fault_proxy(pristine.event_host) as proxy,
        connected(pristine, mode=era, on_question=person, host=proxy.url, journal=journal) as agent,
    ):
        with held_to_plan(pristine, journal):
            receipt = await agent.ask("plan_tasks", tasks=TWELVE, **given)
        with held_to_plan(pristine, journal):
            await agent.ask("plan_tasks", tasks=TWELVE[:2], estimate="16h", priority="Very High", difficulty=1)
    assert receipt["outcome"] == "12 applied"
    shown = f"start {MONDAY}, due {FRIDAY}, estimate 1.5d, priority very high, difficulty 4"
    assert {row[3] for row in receipt["rows"]} <= {shown, shown.replace("priority very high, ", "")}
    assert f"{shown}. Tells nobody." in person.asked[0]
    puts = [one.json for one in proxy.requests if one.method == "PUT"]
    assert puts[0]["estimation"] == 720
    assert puts[-2:] == [{"estimation": 960, "difficulty": 1}] * 2  # the priority is very high already


async def test_each_task_is_named_whole_in_the_list_however_much_is_planned(
    pristine: Connection, journal: Path
) -> None:
    person = Person()
    given = {"start": str(MONDAY), "due": str(FRIDAY), "estimate": "1.5d", "difficulty": 4}
    async with connected(pristine, on_question=person, journal=journal) as agent:
        await agent.ask("plan_tasks", tasks=[*TWELVE[:2], "Robo Garden/E01/SQ02/SH0010:Animation"], **given)
    named = [entry.partition(" start ")[0] for entry in person.forms[0]["changes"]]
    assert named == ["SQ01/SH0010:Animation", "SQ01/SH0020:Animation", "SQ02/SH0010:Animation"]


async def test_each_task_gets_its_own_former_dates_back(pristine: Connection, journal: Path) -> None:
    tasks = TWELVE[:5]
    with psycopg.connect(pristine.database) as database:
        database.execute(
            "update task set due_date = date '2026-01-05' + (abs(hashtext(id::text)) % 3) * interval '25 hours', "
            "start_date = null"
        )
    async with connected(pristine, on_question=Person(), journal=journal) as agent:
        receipt = await agent.ask("plan_tasks", tasks=tasks, due=str(FRIDAY))
        plan: Any = journaled(journal)[-1]
        kind: Any = KINDS["plans"]
        change = TypeAdapter(kind.change).validate_python(plan.plan)
        ask(
            pristine.host,
            f"data/tasks/{change.items[0].target}",
            pristine.token("manager"),
            method="PUT",
            body={"due_date": str(SATURDAY)},
        )
        async with opened(pristine) as kitsu:
            undone = await kind.undo(kitsu, change, change.items)
            with pytest.raises(Exception, match="Gone or changed since"):
                await kind.undo(kitsu, change, change.items[:1])
    async with connected(pristine, on_question=Person(), journal=journal) as agent:
        with held_to_plan(pristine, journal):
            back = await agent.ask("undo_change", code=receipt["journal"])
    assert [[row[0], row[3]] for row in back["rows"]] == [[row[0], row[2]] for row in receipt["rows"][1:]]
    assert [row[2] for row in receipt["rows"][1:]] == [f"due {one.fields[0].after.shown}" for one in undone.items]
    assert [one.fields[0].after.raw for one in undone.items] == [one.fields[0].before.raw for one in change.items[1:]]
    assert tasks[0] in undone.warnings[0]


async def test_none_clears_a_field(pristine: Connection, journal: Path) -> None:
    async with connected(pristine, on_question=Person(), journal=journal) as agent:
        with held_to_plan(pristine, journal):
            receipt = await agent.ask(
                "plan_tasks", tasks=TWELVE[:1], start="none", due="none", estimate="none", priority="none"
            )
        assert {part.split()[-1] for part in receipt["rows"][0][3].split(", ")} <= {"none", "normal"}
        with nothing_written(pristine):
            assert "planned so already" in await agent.refusal("plan_tasks", tasks=TWELVE[:1], due="none")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "Name at least one of"),
        ({"start": str(FRIDAY), "due": str(MONDAY)}, "due before they start"),
        ({"due": "2020-01-01"}, "due before they start"),
        ({"due": "1405-09-06"}, "621 years from today"),
        ({"due": "2569-11-27"}, "543 years from today"),
        ({"due": "令和8年11月27日"}, "is not a date. Write YYYY-MM-DD"),
        ({"due": "27/11/2026"}, "is not a date. Write YYYY-MM-DD"),
        ({"due": "2026-W48-5"}, "is not a date. Write YYYY-MM-DD"),
        ({"due": "20261127"}, "is not a date. Write YYYY-MM-DD"),
        ({"due": "2026-02-30"}, "is not a date. Write YYYY-MM-DD"),
        ({"due": "tomorrow"}, "is not a date. Write YYYY-MM-DD"),
        ({"estimate": "0"}, "'0' is not one. Write days, hours or minutes"),
        ({"estimate": "0d"}, "is nothing. Write 'none'"),
        ({"estimate": "1000000"}, "is not one. Write days, hours or minutes"),
        ({"estimate": "1000000h"}, "more than 1000 days"),
        ({"estimate": "-2d"}, "is not one"),
        ({"estimate": "1e6h"}, "is not one"),
        ({"priority": "4"}, "none of Kitsu's: normal, high, very high, emergency"),
        ({"priority": "urgent"}, "none of Kitsu's"),
        ({"difficulty": 6}, "difficulty: Input should be less than or equal to 5"),
    ],
)
async def test_what_cannot_be_planned_is_refused(
    kitsu: Connection, journal: Path, given: dict[str, Any], says: str
) -> None:
    person = Person()
    with nothing_written(kitsu):
        async with connected(kitsu, on_question=person, journal=journal) as agent:
            refusal = await agent.refusal("plan_tasks", tasks=TWELVE[:2], **given)
    assert says in refusal
    assert "Nothing was" in refusal
    assert person.asked == []


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"start": str(MONDAY), "due": str(SATURDAY)}, f"due {SATURDAY} is a Saturday"),
        ({"start": "2026-01-05", "due": "2026-01-06"}, "start 2026-01-05 is past"),
        ({"start": str(MONDAY), "due": str(FRIDAY)}, f"Theo Marchand is off {MONDAY} to {MONDAY + timedelta(days=1)}"),
        ({"estimate": "2d"}, ""),
    ],
)
async def test_what_is_odd_of_dates_is_said_before_the_yes(
    pristine: Connection, journal: Path, given: dict[str, Any], says: str
) -> None:
    with psycopg.connect(pristine.database) as database:
        database.execute(
            "insert into day_off (id, person_id, date, end_date) select gen_random_uuid(), id, %s, %s from person "
            "where first_name = 'Theo'",
            (MONDAY, MONDAY + timedelta(days=1)),
        )
    person = Person("decline")
    async with connected(pristine, on_question=person, journal=journal) as agent:
        await agent.ask("plan_tasks", tasks=TWELVE[:2], **given)
    warnings = journaled(journal)[-1].plan["warnings"]
    assert any(one.startswith(says) for one in warnings) if says else not warnings
    assert says[:20] in person.asked[0]


@pytest.mark.parametrize("role", ["supervisor", "user", "client", "vendor"])
async def test_what_zou_would_refuse_a_role_is_refused_before(pristine: Connection, journal: Path, role: str) -> None:
    with psycopg.connect(pristine.database) as database:
        database.execute(
            "insert into department_link (person_id, department_id) select p.id, d.id from person p, department d "
            "where p.is_bot and p.role = 'supervisor' and d.name = 'Animation'"
        )
    person = Person()
    layout = [task.replace("Animation", "Layout") for task in TWELVE[:1]]
    async with connected(pristine, role=role, on_question=person, journal=journal) as agent:
        with nothing_written(pristine):
            refusal = await agent.refusal("plan_tasks", tasks=layout, estimate="3.25d")
            assert "Nothing was written" in refusal
            assert person.asked == []
        if role == "supervisor":
            assert "plans only tasks of its departments" in refusal
            with held_to_plan(pristine, journal):
                await agent.ask("plan_tasks", tasks=TWELVE[:1], estimate="3.25d")


async def test_a_date_moved_meanwhile_is_not_written_over(pristine: Connection, journal: Path) -> None:
    """Neither the date that is set nor the one beside it, which the new one could end before."""
    person = Person()

    def somebody_else() -> None:
        with psycopg.connect(pristine.database) as database:
            database.execute("update task set start_date = '2027-12-01'")

    async with connected(pristine, mode="legacy", on_question=person, journal=journal) as agent:
        await agent.ask("plan_tasks", tasks=TWELVE[:1], start=str(MONDAY), due=str(FRIDAY))
        person.meanwhile = somebody_else
        receipt = await agent.ask("plan_tasks", tasks=TWELVE[:1], due=str(SATURDAY))
    assert receipt["rows"][0][1] == "skipped"
    assert "changed since you were asked: somebody saved it at" in receipt["rows"][0][4]


async def test_the_first_that_fails_ends_it_and_the_rest_is_said(pristine: Connection, journal: Path) -> None:
    async with fault_proxy(pristine.event_host) as proxy:
        proxy.fault(answer(400, {"message": "no"}), method="PUT", after=2)
        with held_to_plan(pristine, journal):
            async with connected(pristine, on_question=Person(), host=proxy.url, journal=journal) as agent:
                receipt = await agent.ask("plan_tasks", tasks=TWELVE[:5], estimate="3.25d")
    assert [row[1] for row in receipt["rows"]] == ["applied", "applied", "refused", "skipped", "skipped"]


async def test_what_somebody_writes_over_at_once_is_not_said_to_be_done(pristine: Connection, journal: Path) -> None:
    async with fault_proxy(pristine.event_host) as proxy:
        proxy.fault(rewrite(lambda tasks: [one | {"difficulty": 2} for one in tasks]), path="data/tasks?id=", after=2)
        async with connected(pristine, mode="legacy", on_question=Person(), host=proxy.url, journal=journal) as agent:
            receipt = await agent.ask("plan_tasks", tasks=TWELVE[:1], difficulty=5)
    assert [receipt["rows"][0][1], receipt["rows"][0][3]] == ["failed", "difficulty 2"]
    assert "somebody else changed it meanwhile" in receipt["rows"][0][4]
