"""`create_entities` and `create_tasks`, as an agent drives them, on the real sandbox Kitsu."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from kitsu_tools.gate import sets_fields
from support.api import ask
from support.client import connected
from support.faults import fault_proxy, lose_answer
from support.held import held_to_plan, nothing_written
from support.person import Form, Person

if TYPE_CHECKING:
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection
    from support.client import Mode

pytestmark = pytest.mark.anyio

SQ01 = "Robo Garden/E01/SQ01"
SIX: dict[str, Any] = {"name": "SH0500", "under": SQ01, "count": 6, "frame_in": 1001, "frames": 48}


async def test_a_row_of_shots_is_made_with_its_tasks_and_taken_back(
    pristine: Connection, journal: Path, era: Mode
) -> None:
    person = Person()
    async with (
        fault_proxy(pristine.event_host) as proxy,
        connected(pristine, mode=era, on_question=person, host=proxy.url, journal=journal) as agent,
    ):
        with held_to_plan(pristine, journal):
            receipt = await agent.ask("create_entities", rows=[SIX], tasks=["Layout", "animation"])
        sent = list(proxy.requests)
        with held_to_plan(pristine, journal):
            undone = await agent.ask("undo_change", code=receipt["journal"])
    assert receipt["outcome"] == undone["outcome"] == "6 applied"
    assert receipt["rows"][1][:2] == [f"{SQ01}/SH0510", "applied"]
    assert receipt["rows"][1][3] == "there, in 1001, out 1048, frames 48, tasks Layout, Animation"
    assert "E01/SQ01: SH0500, SH0510 … SH0550" in person.asked[0]
    assert "Tasks begin as todo. Tells nobody." in person.asked[0]
    assert "With 12 tasks." in person.asked[1]
    posts = [one for one in sent if one.method == "POST"]
    assert len([one for one in posts if one.path.endswith("/shots")]) == 6
    assert [len(one.json) for one in posts if one.path.endswith("/create-tasks")] == [6, 6]
    shots = [one for one in sent if one.method == "GET" and "/data/shots/all" in one.path]
    assert 0 < len(shots) <= 5  # to plan, to look last, to learn the ids, to read back
    assert not [one for one in sent if "/data/entities" in one.path]  # six times as long


async def test_what_stands_in_what_is_made_before_it_comes_with_it_and_goes_with_it(
    pristine: Connection, journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sets_fields, "AT_ONCE", 5)  # the last shots go in a batch after that of what they stand in
    rows: list[dict[str, Any]] = [
        {"name": "E77", "under": "Robo Garden", "kind": "episode"},
        {"name": "SQ71", "under": "E77", "description": "The storm"},
        {"name": "SH010", "under": "E77/SQ71", "count": 4},
        {"name": "Zorg/left: 50% 🦊", "under": "Robo Garden/E01", "kind": "character", "data": {"vendor": "north bay"}},
        {"name": "Cut", "under": "E77", "kind": "edit"},
        {"name": "Mood", "under": "Robo Garden/Concepts", "tasks": ["Concept"]},
    ]
    person = Person()
    async with connected(pristine, on_question=person, journal=journal) as agent:
        with held_to_plan(pristine, journal):
            receipt = await agent.ask("create_entities", rows=rows, tasks=["Layout"])
        listed = await agent.ask("list_shots", under="Robo Garden/E77")
        undone = await agent.refusal("undo_change", code="nothing")
        with held_to_plan(pristine, journal):
            undone = await agent.ask("undo_change", code=receipt["journal"])
    assert receipt["outcome"] == "9 applied"
    assert [row[1] for row in listed["rows"]] == ["todo"] * 4, "of all these only shots have a Layout"
    assert "/ or :" in str(receipt["warnings"])
    assert "Robo Garden/Character/Zorg%2Fleft%3A 50%25 🦊" in {row[0] for row in receipt["rows"]}
    assert undone["outcome"] == "4 applied"


async def test_only_what_nobody_worked_on_is_removed_again(pristine: Connection, journal: Path) -> None:
    rows = [{"name": "SH0900", "under": SQ01, "count": 4}]
    async with connected(pristine, on_question=Person(), journal=journal) as agent:
        receipt = await agent.ask("create_entities", rows=rows, tasks=["Layout"])
        with psycopg.connect(pristine.database) as database:
            database.execute("update entity set updated_at = now() + interval '1 minute' where name = 'SH0900'")
            database.execute(
                "update task set duration = 60, updated_at = now() + interval '1 minute' where entity_id in "
                "(select id from entity where name = 'SH0910')"
            )
        ask(
            pristine.host,
            f"data/shots/{_id(pristine, 'SH0920')}?force=true",
            pristine.token("manager"),
            method="DELETE",
        )
        with held_to_plan(pristine, journal):
            undone = await agent.ask("undo_change", code=receipt["journal"])
        assert "Somebody has worked on all of it" in await agent.refusal("undo_change", code=receipt["journal"])
    assert [row[0] for row in undone["rows"]] == [f"{SQ01}/SH0930"]
    assert f"Not there any more, or made anew by somebody: {SQ01}/SH0920" in undone["warnings"]
    assert f"Worked on since, so not removed: {SQ01}/SH0900, {SQ01}/SH0910" in undone["warnings"]


async def test_what_is_there_stays_and_what_somebody_makes_meanwhile_is_not_taken_for_ours(
    pristine: Connection, journal: Path
) -> None:
    def meanwhile() -> None:
        sequence = ask(pristine.host, f"data/shots/{_id(pristine, 'SH0110')}", pristine.token("admin")).body
        ask(
            pristine.host,
            f"data/projects/{sequence['project_id']}/shots",
            pristine.token("admin"),
            method="POST",
            body={"name": "SH0960", "sequence_id": sequence["parent_id"], "nb_frames": 7},
        )

    person = Person(meanwhile=meanwhile)
    names = ("SH0110", "sh0120", "SH0960", "SH0970", "sh0970")
    rows: list[dict[str, Any]] = [{"name": "sq01", "under": "Robo Garden/E01"}]
    rows += [{"name": name, "under": SQ01, "frames": 99} for name in names]
    async with connected(pristine, mode="legacy", on_question=person, journal=journal) as agent:
        receipt = await agent.ask("create_entities", rows=rows)
        with nothing_written(pristine):
            assert "are there already" in await agent.refusal("create_entities", rows=rows[:2])
    assert receipt["already_so"] == [f"{SQ01}/SH0110"]
    assert [row[0] for row in receipt["rows"][1:]] == [f"{SQ01}/{name}" for name in names[1:]]
    assert [row[1] for row in receipt["rows"]] == ["applied", "applied", "skipped", "applied", "applied"]
    assert receipt["rows"][2][4] == "changed since you were asked: Admin Bot made it"
    for one, beside in ((f"{SQ01}/sh0120", "SH0120"), (f"{SQ01}/sh0970", "SH0970"), ("Robo Garden/E01/sq01", "SQ01")):
        assert f"{one} beside {beside!r}" in str(receipt["warnings"])


async def test_a_child_of_what_the_person_unticked_is_not_made(pristine: Connection, journal: Path) -> None:
    def edit(form: Form) -> Form:
        return {**form, "changes": [one for one in form["changes"] if not one.startswith("SQ71 ")]}

    rows = [{"name": "SQ71", "under": "Robo Garden/E01"}, {"name": "SH010", "under": "SQ71", "count": 2}]
    rows.append({"name": "SH0980", "under": SQ01})
    async with connected(pristine, on_question=Person(edit=edit), journal=journal) as agent:
        with held_to_plan(pristine, journal):
            receipt = await agent.ask("create_entities", rows=rows)
    assert [row[1] for row in receipt["rows"]] == ["skipped", "skipped", "applied", "skipped"]
    assert "What it should stand in is not there" in str(receipt["rows"][0])


async def test_a_lost_answer_settles_and_nothing_is_made_twice(pristine: Connection, journal: Path) -> None:
    rows = [{"name": "Zorg", "under": "Robo Garden/Character"}]
    async with (
        fault_proxy(pristine.event_host) as proxy,
        connected(pristine, on_question=Person(), host=proxy.url, journal=journal) as agent,
    ):
        proxy.fault(lose_answer(), method="POST", path="/assets/new")
        with held_to_plan(pristine, journal):
            receipt = await agent.ask("create_entities", rows=rows)
        proxy.clear()
        with nothing_written(pristine):
            again = await agent.call("create_entities", rows=rows)
    assert receipt["outcome"] == "1 applied"
    assert again.is_error


REFUSED_ROWS: tuple[tuple[dict[str, Any], str], ...] = (
    ({"name": "A\u200bB"}, "holds the character U+200B"),
    ({"name": "A\u202eB"}, "holds the character U+202E"),
    ({"name": "S" * 161}, "has 161 characters; Kitsu keeps 160"),
    ({"name": "  "}, "is no name"),
    ({"name": "A\nB"}, "is no name. Give one line"),
    ({"name": "A", "count": 3}, "has no number to go on from"),
    ({"name": "SH1", "frame_in": 20, "frame_out": 10}, "out 10 lies before in 20"),
    ({"name": "SH1", "frame_in": 1, "frame_out": 10, "frames": 9}, "1 to 10 are 10 frames, not 9"),
    ({"name": "SH1", "frames": -1}, "frames -1 is no frame number"),
    ({"name": "SH1", "frames": 10, "frame_out": 5}, "in -4 is no frame number"),
    ({"name": "SH1", "data": {"difficulty": "51"}}, "Difficulty takes one of easy, medium, hard"),
    ({"name": "SH1", "data": {"Lenz": "50mm"}}, "no metadata column 'Lenz' of shots"),
    ({"name": "SH1", "tasks": ["Modeling"]}, "has no task type 'Modeling' for shots. It uses: Storyboard, Layout"),
    ({"name": "SH1", "kind": "sequence"}, "A sequence cannot stand in Robo Garden/E01/SQ01"),
    ({"name": "SH1", "under": "Robo Garden"}, "kind: say what is to be made"),
    ({"name": "SH1", "under": "Robo Garden", "kind": "shot"}, "Give its sequence"),
    ({"name": "E9", "under": "Salt Harbour", "kind": "episode"}, "Salt Harbour is no TV show"),
    ({"name": "SH1", "under": "Secret Pilot", "kind": "sequence"}, "No production 'Secret Pilot'"),
    ({"name": "SH1", "under": f"{SQ01}/SH0010"}, "A shot cannot stand in"),
    ({"name": "SH1", "count": 501}, "less than or equal to 500"),
)


async def test_what_cannot_be_made_is_refused(kitsu: Connection) -> None:
    person = Person()
    async with connected(kitsu, on_question=person) as agent:
        for row, says in REFUSED_ROWS:
            said = await agent.refusal("create_entities", rows=[{"under": SQ01, **row}])
            assert says in said, (row, said)
    assert not person.asked


async def test_tasks_are_deleted_with_all_on_them_and_made_anew_where_there_are_none(
    pristine: Connection, journal: Path
) -> None:
    person = Person()
    tasks = [f"{SQ01}/SH00{number}0:Animation" for number in (1, 2)]
    async with (
        fault_proxy(pristine.event_host) as proxy,
        connected(pristine, on_question=person, host=proxy.url, journal=journal) as agent,
    ):
        with held_to_plan(pristine, journal):
            deleted = await agent.ask("delete_tasks", tasks=tasks)
        with held_to_plan(pristine, journal):
            receipt = await agent.ask("create_tasks", entities=[SQ01], task_types=["animation"])
        made = [one.json for one in proxy.requests if one.path.endswith("/create-tasks")]
        with nothing_written(pristine):
            for entities, types, says in (
                ([SQ01], ["Animation"], "are there already"),
                ([SQ01], ["Modeling"], "no task type 'Modeling' for sequences, shots"),
                ([], ["Layout"], "Name at least one"),
            ):
                assert says in await agent.refusal("create_tasks", entities=entities, task_types=types)
            assert "cannot be brought back" in await agent.refusal("undo_change", code=deleted["journal"])
        with held_to_plan(pristine, journal):
            undone = await agent.ask("undo_change", code=receipt["journal"])
    assert deleted["outcome"] == receipt["outcome"] == undone["outcome"] == "2 applied"
    assert [len(ids) for ids in made] == [2]
    assert "It cannot be undone" in person.asked[0]
    assert " comments, 1 preview, " in person.asked[0]


async def test_who_may_not_is_refused_before_anybody_is_asked(kitsu: Connection) -> None:
    person = Person()
    for role in ("supervisor", "user", "client", "vendor"):
        async with connected(kitsu, role=role, on_question=person) as agent:
            for tool, arguments in REFUSED.items():
                said = await agent.refusal(tool, **arguments)
                assert f"The role {role!r}" in said or "see" in said or "Nothing in" in said, (tool, said)
    assert not person.asked


REFUSED: dict[str, dict[str, Any]] = {
    "create_entities": {"rows": [{"name": "SH0990", "under": SQ01}]},
    "create_tasks": {"entities": [f"{SQ01}/SH0010"], "task_types": ["Compositing"]},
    "change_entities": {"rows": [{"entities": [f"{SQ01}/SH0010"], "omitted": True}]},
    "delete_entities": {"entities": [f"{SQ01}/SH0010"]},
    "delete_tasks": {"tasks": [f"{SQ01}/SH0010:Layout"]},
}


def _id(connection: Connection, name: str) -> str:
    with psycopg.connect(connection.database) as database:
        rows = database.execute(
            "select shot.id from entity shot join entity sequence on shot.parent_id = sequence.id join entity episode "
            "on sequence.parent_id = episode.id where shot.name = %s and sequence.name = 'SQ01' and "
            "episode.name = 'E01'",
            [name],
        ).fetchall()
    return str(rows[0][0])
