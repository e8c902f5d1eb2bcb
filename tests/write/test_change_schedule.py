"""`change_schedule`, as an agent drives it, on the real sandbox Kitsu."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from support.client import connected
from support.held import held_to_plan, nothing_written
from support.person import Person

if TYPE_CHECKING:
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection
    from support.client import Mode

pytestmark = pytest.mark.anyio

ROBO = "Robo Garden"
TODAY = datetime.now(UTC).date()
FIRST, LAST = (str(TODAY + timedelta(days=days)) for days in (10, 40))


async def test_bars_and_milestones_are_made_set_and_deleted_in_one_plan(
    pristine: Connection, journal: Path, era: Mode
) -> None:
    person = Person()
    rows: list[dict[str, Any]] = [
        {"task_type": "Layout", "start": FIRST, "end": LAST},
        {"task_type": "Animation", "of": "E01/SQ01", "man_days": 12},
        {"task_type": "Modeling", "of": f"{ROBO}/Prop", "start": FIRST, "end": LAST, "man_days": 30},
        {"task_type": "Layout", "of": "E02", "start": FIRST, "end": LAST},
        {"milestone": "Test screening", "day": LAST},
        {"milestone": "delivery", "day": LAST, "name": "Delivery to the channel"},
        {"milestone": "Animatic locked", "remove": True},
    ]
    async with connected(pristine, mode=era, on_question=person, journal=journal) as agent:
        before = await agent.ask("get_schedule", under=ROBO)
        with held_to_plan(pristine, journal):
            receipt = await agent.ask("change_schedule", project=ROBO, rows=rows)
        assert receipt["outcome"] == "7 applied"
        entries = person.forms[0]["changes"]
        assert "E01/SQ01:Animation man days 10 → 12" in entries
        assert any(one.startswith("milestone Animatic locked deleted") for one in entries)
        after = await agent.ask("get_schedule", under=ROBO)
        assert {row[1]: row[0] for row in after["milestones"]["rows"]}.items() >= {
            "Test screening": LAST, "Delivery to the channel": LAST,
        }.items()  # fmt: skip
        with nothing_written(pristine):
            assert "so already" in await agent.refusal("change_schedule", project=ROBO, rows=rows[:5])
        with held_to_plan(pristine, journal):
            back = await agent.ask("undo_change", code=receipt["journal"])
        assert back["outcome"] == "7 applied"
        again = await agent.ask("get_schedule", under=ROBO)
    assert (again["rows"], again["milestones"]) == (before["rows"], before["milestones"])


async def test_a_bar_that_somebody_makes_or_moves_meanwhile_is_not_written_over(
    pristine: Connection, journal: Path
) -> None:
    def somebody() -> None:
        with psycopg.connect(pristine.database) as database:
            database.execute(
                "insert into schedule_item (id, project_id, task_type_id, object_id, start_date, end_date) "
                "select gen_random_uuid(), project.id, type.id, episode.id, current_date, current_date "
                "from project, task_type type, entity episode where project.name = %s and type.name = 'Layout' "
                "and episode.project_id = project.id and episode.name = 'E02' and type.for_entity = 'Shot'",
                [ROBO],
            )
            database.execute("update milestone set name = 'Delivered' where name = 'Delivery'")
            database.execute("delete from milestone where name = 'Animatic locked'")

    person = Person(meanwhile=somebody)
    rows = [
        {"task_type": "Layout", "of": "E02", "start": FIRST, "end": LAST},
        {"milestone": "Delivery", "day": LAST},
        {"milestone": "Animatic locked", "day": LAST},
        {"task_type": "Lighting", "start": FIRST, "end": LAST},
    ]
    async with connected(pristine, mode="legacy", on_question=person, journal=journal) as agent:
        receipt = await agent.ask("change_schedule", project=ROBO, rows=rows)
    assert [row[1] for row in receipt["rows"]] == ["skipped", "skipped", "skipped", "applied"]
    assert receipt["rows"][-1][3] == f"start {FIRST}, end {LAST}, man days none"


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({}, "Each row is of a bar"),
    ({"task_type": "Layout", "start": FIRST, "milestone": "Delivery"}, "Each row is of a bar"),
    ({"task_type": "Layout", "start": LAST, "end": FIRST}, f"would end {FIRST}, before it starts {LAST}"),
    ({"task_type": "Layout", "end": "2020-01-01"}, "would end 2020-01-01, before it starts"),
    ({"task_type": "Layout", "start": FIRST, "end": str(TODAY + timedelta(days=3650))}, "more than five years"),
    ({"task_type": "Layout", "start": "1405-09-06"}, "years from today"),
    ({"task_type": "Layout", "start": "none"}, "none is cleared"),
    ({"task_type": "Layout", "start": "soon"}, "is not a date"),
    ({"task_type": "Baking", "start": FIRST}, "Baking"),
    ({"task_type": "Modeling", "of": "E01", "start": FIRST, "end": LAST}, "which is scheduled by asset types"),
    ({"task_type": "Layout", "of": "E01", "start": FIRST}, "has no bar yet: give its start and end"),
    ({"task_type": "Layout", "of": "E09", "start": FIRST}, "Nothing in Robo Garden is called 'E09'"),
    ({"task_type": "Layout", "man_days": -2}, "man_days: Input should be greater than or equal to -1"),
    ({"milestone": "Deliver", "remove": True}, "No milestone 'Deliver'"),
    ({"milestone": "Delivery"}, "give a day, a name or remove"),
    ({"milestone": "Delivery", "remove": True, "day": LAST}, "not set otherwise too"),
    ({"milestone": "Delivery", "name": "Animatic Locked"}, "Two milestones would be called 'animatic locked'"),
    ({"task_type": "Modeling", "of": "Main Pack", "start": FIRST, "end": LAST}, "is no part of Modeling"),
    ({"task_type": "Modeling", "of": "Edits", "start": FIRST, "end": LAST}, "is no part of Modeling"),
    ({"milestone": "A" * 41, "day": LAST}, "40 characters"),
    ({"milestone": "Party\u200b", "day": LAST}, "U+200B"),
]


async def test_what_cannot_be_scheduled_is_refused(kitsu: Connection, journal: Path) -> None:
    person = Person()
    with nothing_written(kitsu):
        async with connected(kitsu, on_question=person, journal=journal) as agent:
            for row, says in REFUSED:
                refusal = await agent.refusal("change_schedule", project=ROBO, rows=[row])
                assert says in refusal, row
                assert "Nothing was" in refusal, row
    assert person.asked == []


async def test_a_supervisor_sets_bars_of_its_departments(pristine: Connection, journal: Path) -> None:
    jonas: dict[str, Any] = {
        "KITSU_BOT_TOKEN": "", "KITSU_LOGIN": "jonas@example.com", "KITSU_PASSWORD": pristine.password,
    }  # fmt: skip
    async with connected(pristine, on_question=Person(), journal=journal, **jonas) as agent:
        await agent.ask("list_projects")  # Zou notes when somebody signs in
        with held_to_plan(pristine, journal):
            await agent.ask("change_schedule", project=ROBO, rows=[{"task_type": "Animation", "end": LAST}])
        refusal = await agent.refusal("change_schedule", project=ROBO, rows=[{"task_type": "Layout", "end": LAST}])
    assert "sets only bars that are there, of its departments; not Robo Garden/Layout" in refusal


async def test_a_closed_production_is_neither_cast_nor_scheduled_and_takes_no_time(
    kitsu: Connection, journal: Path
) -> None:
    person, reel = Person(), "Old Reel"
    calls: list[tuple[str, dict[str, Any]]] = [
        ("set_casting", {"of": [f"{reel}/SQ01/SH0010"], "assets": [f"{reel}/Character/Hero"], "times": 9}),
        ("log_time", {"tasks": [f"{reel}/SQ01/SH0010:Layout"], "time": "1h", "person": "Theo Marchand"}),
        ("change_schedule", {"project": reel, "rows": [{"milestone": "Delivery", "day": LAST}]}),
    ]
    with nothing_written(kitsu):
        async with connected(kitsu, role="admin", on_question=person, journal=journal) as agent:
            for tool, given in calls:
                assert "Old Reel is closed: nothing is written" in await agent.refusal(tool, **given)
    assert person.asked == []
