"""`change_columns`, as an agent drives it, on the real sandbox Kitsu."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from support.api import ask
from support.client import connected
from support.faults import fault_proxy, lose_answer
from support.held import held_to_plan, journaled, nothing_written
from support.person import Person

if TYPE_CHECKING:
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection
    from support.client import Mode

pytestmark = pytest.mark.anyio

HARBOUR = "Salt Harbour"


def held(connection: Connection, key: str) -> int:
    with psycopg.connect(connection.database) as database:
        ((count,),) = database.execute(
            "select count(*) from entity e join project p on p.id = e.project_id join entity_type t on "
            "t.id = e.entity_type_id where p.name = 'Salt Harbour' and t.name = 'Shot' and e.data ? %s "
            "and e.data->>%s is not null",
            [key, key],
        ).fetchall()
        return count


async def test_columns_are_made_changed_and_deleted_with_what_hangs_on_them(
    pristine: Connection, journal: Path, era: Mode
) -> None:
    person = Person()
    new: list[dict[str, Any]] = [
        {"of": "shot", "name": "Mood / 😀", "type": "list", "choices": ["calm", "storm"], "for_clients": "yes"},
        {"of": "asset", "name": "Vendor note", "departments": ["Modeling", "Animation"]},
    ]
    async with (
        fault_proxy(pristine.event_host) as proxy,
        connected(pristine, mode=era, on_question=person, host=proxy.url, journal=journal) as agent,
    ):

        async def change(do: str, *columns: dict[str, Any]) -> dict[str, Any]:
            with held_to_plan(pristine, journal):
                return await agent.ask("change_columns", project=HARBOUR, do=do, columns=list(columns))

        proxy.fault(lose_answer(), method="POST", path="metadata-descriptors")
        receipt = await change("create", new[0])
        assert receipt["rows"][0][1] == "applied"
        receipt = await change("create", *new)
        assert receipt["already_so"] == [f"{HARBOUR}/Shot Mood %2F 😀"]
        studio = await agent.ask("get_studio", sections=["metadata columns"], project=HARBOUR)
        assert ["Shot", "Mood / 😀", "list", "calm, storm"] in studio["metadata_columns"]["rows"]
        count = held(pristine, "difficulty")
        assert count
        changed = await change(
            "change", {"of": "shot", "name": "difficulty", "new_name": "Grade", "for_clients": "yes"}
        )
        assert f"Shot Difficulty: {count} values move to the new name" in changed["warnings"]
        (put,) = [one.json for one in proxy.requests if one.method == "PUT"]
        assert put == {
            "name": "Grade",
            "data_type": "list",
            "choices": ["easy", "medium", "hard"],
            "departments": [],
            "for_client": True,
        }
        assert held(pristine, "grade") == count
        with held_to_plan(pristine, journal):
            await agent.ask("undo_change", code=changed["journal"])
        assert held(pristine, "difficulty") == count
        fewer = {"of": "shot", "name": "Difficulty", "choices": ["hard", "easy"], "departments": ["Layout"]}
        assert any("of choices that go stay" in one for one in (await change("change", fewer))["warnings"])
        gone = await change("delete", {"of": "shot", "name": "Difficulty"})
        assert f"DELETED with {count} values" in person.asked[-1]
        assert person.asked[-1].startswith("DELETE for good Salt Harbour/Shot Difficulty")
        assert held(pristine, "difficulty") == 0
        assert "A deleted column does not come back" in await agent.refusal("undo_change", code=gone["journal"])
        with held_to_plan(pristine, journal):
            back = await agent.ask("undo_change", code=receipt["journal"])
        assert [row[1] for row in back["rows"]] == ["applied"]
        again = await change("create", new[1])
        with psycopg.connect(pristine.database) as database:
            ((maren, data),) = database.execute("select id, data from entity where name = 'Maren'").fetchall()
        late: dict[str, Any] = {"data": {**(data or {}), "vendor_note": "late"}}
        ask(pristine.host, f"data/entities/{maren}", pristine.token("admin"), method="PUT", body=late)
        assert "Values were written in the meantime" in await agent.refusal("undo_change", code=again["journal"])


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("create", {"name": "difficulty!"}, "there is the column 'Difficulty' already"),
    ("create", {"name": "Frame in"}, "Kitsu keeps values of its own"),
    ("create", {"name": "🎬"}, "neither letter nor digit"),
    ("create", {"name": "x" * 300}, "name has 300 characters; Kitsu holds 120"),
    ("create", {"name": " "}, "is no name"),
    (
        "create",
        {"name": "Mood", "type": "number", "choices": ["a"]},
        "has no choices; checklist, list, tag",
    ),
    ("create", {"name": "Mood", "type": "list", "choices": ["a", "a"]}, "a choice is given twice"),
    ("create", {"name": "Mood", "departments": ["Baking"]}, "No department 'Baking'"),
    ("change", {"name": "Difficulty", "new_name": "NB characters"}, "there is the column 'Nb characters' already"),
    ("change", {"name": "Difficulty"}, "Every column is so already"),
    ("change", {"name": "Nothing"}, "No column of shots 'Nothing'"),
    ("delete", {"name": "Nothing"}, "No column of shots 'Nothing'"),
]


async def test_columns_that_cannot_be_meant_are_refused(kitsu: Connection, journal: Path) -> None:
    person = Person()
    with nothing_written(kitsu):
        async with connected(kitsu, on_question=person, journal=journal) as agent:
            for do, column, says in REFUSED:
                columns = [{"of": "shot"} | column]
                refusal = await agent.refusal("change_columns", project=HARBOUR, do=do, columns=columns)
                assert says in refusal, column
                assert "Nothing was" in refusal, column
    assert person.asked == []


async def test_who_may_change_columns_is_who_zou_lets(pristine: Connection, journal: Path) -> None:
    """Supervisors those that are of all of their departments."""
    with psycopg.connect(pristine.database) as database:
        database.execute(
            "insert into department_link (person_id, department_id) select p.id, d.id from person p, department d "
            "where p.is_bot and p.role = 'supervisor' and d.name = 'Animation'"
        )
        ((project,),) = database.execute("select id from project where name = 'Salt Harbour'").fetchall()
        departments = dict(database.execute("select name, id from department").fetchall())
    for role in ("admin", "manager", "supervisor", "user", "client", "vendor"):
        person = Person("decline")
        async with connected(pristine, role=role, on_question=person, journal=journal) as agent:
            every = [[], ["Layout"], ["Animation", "Layout"]][: 3 if role == "supervisor" else 1]
            for place, names in enumerate(every):
                asked = len(person.asked)
                column = {"of": "shot", "name": f"C{place}", "departments": names}
                await agent.call("change_columns", project=HARBOUR, do="create", columns=[column])
                path, ids = f"data/projects/{project}/metadata-descriptors", [str(departments[one]) for one in names]
                body = {"entity_type": "Shot", "name": f"Z {role} {place}", "departments": ids}
                lets = ask(pristine.host, path, pristine.token(role), method="POST", body=body).status == 201
                may = role in {"admin", "manager"} or (role == "supervisor" and "Animation" in names)
                assert (len(person.asked) > asked, lets) == (may, may), (role, names)
    assert journaled(journal)
