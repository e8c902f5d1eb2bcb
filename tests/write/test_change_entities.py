"""`change_entities`, `delete_entities` and `delete_tasks`, as an agent drives them, on the real sandbox Kitsu."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from support.client import connected
from support.faults import fault_proxy
from support.held import held_to_plan, nothing_written
from support.person import Person

if TYPE_CHECKING:
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection
    from support.client import Mode

pytestmark = pytest.mark.anyio

SQ01 = "Robo Garden/E01/SQ01"


async def test_each_entity_gets_its_own_values_keeps_the_rest_and_gets_them_back(
    pristine: Connection, journal: Path, era: Mode
) -> None:
    person = Person()
    rows: list[dict[str, Any]] = [
        {"entities": [f"{SQ01}/SH0010", f"{SQ01}/SH0020"], "frame_in": 1001, "frames": 60, "data": {"Lens": "85mm"}},
        {"entities": [f"{SQ01}/SH0010"], "description": "New words", "fps": "12"},
        {"entities": [f"{SQ01}/SH0020"], "data": {"delivery": {"sound": True}, "Stereo": None, "nb_characters": "7"}},
        {"entities": [f"{SQ01}/SH0030"], "name": "SH0035"},
        {"entities": [f"{SQ01}/SH0040"], "under": "E02/SQ02", "name": "SH0945"},
        {"entities": ["Robo Garden/Character/Fern"], "kind": "prop", "under": "E02", "data": {"vendor": "NORTH BAY"}},
        {"entities": ["Robo Garden/E02"], "status": "standby"},
        {"entities": ["Robo Garden/E01/SQ02"], "omitted": True},
    ]
    async with (
        fault_proxy(pristine.event_host) as proxy,
        connected(pristine, mode=era, on_question=person, host=proxy.url, journal=journal) as agent,
    ):
        with held_to_plan(pristine, journal):
            receipt = await agent.ask("change_entities", rows=rows)
        puts = [one for one in proxy.requests if one.method == "PUT"]
        with nothing_written(pristine):
            again = await agent.call("change_entities", rows=[{"entities": ["Robo Garden/E02"], "status": "standby"}])
        with held_to_plan(pristine, journal):
            undone = await agent.ask("undo_change", code=receipt["journal"])
    assert receipt["outcome"] == undone["outcome"] == "7 applied"
    assert again.is_error
    assert puts[0].json.keys() == {"nb_frames", "description", "data"}
    assert puts[0].json["data"] == {"frame_in": 1001, "frame_out": 1060, "lens": "85mm", "fps": "12"}
    assert "name SH0030 → SH0035" in str(person.forms[0]["changes"])
    assert "“▸ SH0010: New words”" in person.asked[0] or "New words" in str(person.schemas[0])


async def test_what_was_changed_since_is_not_taken_back_and_omitting_is_asked_so(
    pristine: Connection, journal: Path
) -> None:
    person = Person()
    shots = [f"{SQ01}/SH0010", f"{SQ01}/SH0020"]
    async with connected(pristine, on_question=person, journal=journal) as agent:
        with held_to_plan(pristine, journal):
            receipt = await agent.ask("change_entities", rows=[{"entities": shots, "omitted": True}])
        with psycopg.connect(pristine.database) as database:
            database.execute("update entity set canceled = false where name = 'SH0010'")
        with held_to_plan(pristine, journal):
            back = await agent.ask("undo_change", code=receipt["journal"])
    assert person.asked[0].startswith("Omit 2 shots in Robo Garden (omitted ×2)?")
    assert person.asked[1].startswith("Restore Robo Garden/E01/SQ01/SH0020 (restored)?")
    assert f"Gone or changed since, so not taken back: {shots[0]}" in back["warnings"]


REFUSED_ROWS: tuple[tuple[dict[str, Any], str], ...] = (
    ({}, "name something to change"),
    ({"name": "SH0020"}, "The name is taken where they would stand"),
    ({"entities": [f"{SQ01}/SH0010", f"{SQ01}/SH0020"], "name": "X"}, "cannot all be called 'X'"),
    ({"frame_out": -3}, "out -3 is no frame number"),
    ({"frame_in": 9000}, "lies before in 9000"),
    ({"under": "Salt Harbour/SQ010"}, "Nothing in Robo Garden is called"),
    ({"under": "E01"}, "a shot stands in a sequence of its production"),
    ({"status": "standby"}, "status is of episodes alone"),
    ({"kind": "Prop"}, "kind is of assets alone"),
    ({"data": {"Difficulty": "brutal"}}, "Difficulty takes one of easy, medium, hard, not 'brutal'"),
    ({"data": {"nb_characters": "many"}}, "takes a number, not 'many'"),
    ({"description": "\u202egpj"}, "holds the character U+202E"),
    ({"entities": [f"{SQ01}/SH0010", f"{SQ01}/SH9999", f"{SQ01}/SH9998"]}, "2 of the 3 names cannot be used."),
)


async def test_what_cannot_be_changed_is_refused(kitsu: Connection) -> None:
    person = Person()
    async with connected(kitsu, on_question=person) as agent:
        for row, says in REFUSED_ROWS:
            said = await agent.refusal("change_entities", rows=[{"entities": [f"{SQ01}/SH0010"], **row}])
            assert says in said, (row, said)
    assert not person.asked


async def test_a_supervisor_changes_metadata_of_its_departments_columns_alone(
    pristine: Connection, journal: Path
) -> None:
    lens = [{"entities": [f"{SQ01}/SH0010"], "data": {"lens": "85mm"}}]
    with psycopg.connect(pristine.database) as database:
        database.execute(_DEPARTMENT_OF_THE_BOT)
    async with connected(pristine, role="supervisor", on_question=Person(), journal=journal) as agent:
        with nothing_written(pristine):
            assert "The role 'supervisor' changes only metadata" in await agent.refusal("change_entities", rows=lens)
        with psycopg.connect(pristine.database) as database:
            database.execute(_DEPARTMENT_OF_THE_COLUMN)
    async with connected(pristine, role="supervisor", on_question=Person(), journal=journal) as agent:
        with held_to_plan(pristine, journal):
            receipt = await agent.ask("change_entities", rows=lens)
    assert receipt["outcome"] == "1 applied"


_DEPARTMENT_OF_THE_BOT = """
insert into department_link (person_id, department_id)
select person.id, department.id from person, department
where is_bot and role = 'supervisor' and department.name = 'Animation' on conflict do nothing
"""
_DEPARTMENT_OF_THE_COLUMN = """
insert into department_metadata_descriptor_link (metadata_descriptor_id, department_id)
select metadata_descriptor.id, department.id from metadata_descriptor, department
where field_name = 'lens' and department.name = 'Animation'
"""


async def test_what_is_deleted_goes_with_all_that_was_counted_and_cannot_be_undone(
    pristine: Connection, journal: Path, era: Mode
) -> None:
    person = Person()
    several = [f"{SQ01}/SH0060", "Robo Garden/Character/Bolt", "Robo Garden/E02/SQ01", "Robo Garden/Concepts/"]
    async with connected(pristine, mode=era, on_question=person, journal=journal) as agent:
        concepts = await agent.ask("list_entities", kind="concept", under="Robo Garden")
        several[3] = f"Robo Garden/{concepts['rows'][0][0].removeprefix('Robo Garden/')}"
        with held_to_plan(pristine, journal):
            receipt = await agent.ask("delete_entities", entities=[*several, f"{several[2]}/SH0010"])
        with nothing_written(pristine):
            assert "cannot be brought back" in await agent.refusal("undo_change", code=receipt["journal"])
            assert "name those of Robo Garden/E01 too" in await agent.refusal(
                "delete_entities", entities=["Robo Garden/E01"]
            )
    assert receipt["outcome"] == "4 applied"
    assert f"Gone with what it stands in: {several[2]}/SH0010" in receipt["warnings"]
    first = person.asked[0].splitlines()
    assert first[0].startswith("Delete for good 4 things in Robo Garden (gone for good, with")
    assert first[1].startswith("It cannot be undone · Kitsu's page would at first only omit 2 of them")


async def test_what_somebody_worked_on_after_the_question_is_not_deleted(pristine: Connection, journal: Path) -> None:
    def meanwhile() -> None:
        with psycopg.connect(pristine.database) as database:
            database.execute(
                "update task set updated_at = now() where entity_id in (select shot.id from entity shot join entity "
                "sequence on shot.parent_id = sequence.id where shot.name = 'SH0010' and sequence.name = 'SQ010')"
            )

    shots = ["Salt Harbour/SQ010/SH0010", "Salt Harbour/SQ010/SH0020"]
    async with connected(pristine, mode="legacy", on_question=Person(meanwhile=meanwhile), journal=journal) as agent:
        receipt = await agent.ask("delete_entities", entities=shots)
    assert [row[1] for row in receipt["rows"]] == ["skipped", "applied"]
