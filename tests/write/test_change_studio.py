"""`change_studio`, as an agent drives it, on the real sandbox Kitsu."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from support.api import ask
from support.client import connected
from support.doing import do
from support.faults import fault_proxy, lose_answer
from support.held import held_to_plan, nothing_written
from support.person import Person

if TYPE_CHECKING:
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection
    from support.client import Mode

pytestmark = pytest.mark.anyio

READY: dict[str, Any] = {"of": "asset", "when": "Modeling=done", "then": "Animation"}
LIGHT: dict[str, Any] = {"of": "shot", "when": "Animation=done", "then": "Lighting=ready"}
NEW: list[dict[str, Any]] = [
    {"what": "department", "name": "Sound / : 😀"},
    {"what": "task type", "name": "Grading", "set": {"of": "shot", "department": "Compositing", "color": "#a0B0c0"}},
    {"what": "task status", "name": "Needs love", "set": {"short_name": "love", "is_retake": True}},
    {"what": "asset type", "name": "Crowd", "set": {"task_types": "Modeling, Rigging", "description": "Many\nof them"}},
    {"what": "automation", "set": LIGHT | {"copies_revision": "yes"}},
    {"what": "automation", "set": READY},
]
GONE: list[dict[str, Any]] = [
    *({"what": one["what"], "name": one["name"]} for one in NEW[:4]),
    {"what": "automation", "name": "shot: Animation is done: Lighting becomes ready, with the last revision"},
    {"what": "automation", "name": "asset: Modeling is done: the asset is ready for Animation"},
]


async def test_records_are_made_changed_archived_deleted_and_brought_back(
    pristine: Connection, journal: Path, era: Mode
) -> None:
    person = Person()
    async with (
        fault_proxy(pristine.event_host) as proxy,
        connected(pristine, role="admin", mode=era, on_question=person, host=proxy.url, journal=journal) as agent,
    ):

        async def change(how: str, *rows: dict[str, Any]) -> dict[str, Any]:
            with held_to_plan(pristine, journal):
                receipt = await agent.ask("change_studio", rows=[{"do": how} | row for row in rows])
            assert {row[1] for row in receipt["rows"]} == {"applied"}, receipt
            return receipt

        async def undo(receipt: dict[str, Any]) -> dict[str, Any]:
            with held_to_plan(pristine, journal):
                back = await agent.ask("undo_change", code=receipt["journal"])
            assert {row[1] for row in back["rows"]} == {"applied"}, back
            return back

        proxy.fault(lose_answer(), method="POST", path="data/departments")
        await change("create", NEW[0])
        made = await change("create", *NEW)
        assert made["already_so"] == ["Department Sound %2F %3A 😀"]
        assert "until change_project has it: Task type Grading" in made["warnings"][0]
        studio = await agent.ask("get_studio", sections=["statuses", "departments", "automations"])
        assert ["love", "Needs love", "retake"] in [row[:3] for row in studio["statuses"]["rows"]]
        assert ["Sound / : 😀"] in studio["departments"]["rows"]
        gone = await change("delete", *GONE)
        assert person.asked[-1].startswith("DELETE for good 6 records")
        assert "Daily rates set for a department go with it" in " ".join(gone["warnings"])
        await undo(gone)
        assert "is as it was already. Nothing was written" in await agent.refusal("undo_change", code=gone["journal"])
        assert "Gone or changed since" in await agent.refusal("undo_change", code=made["journal"])  # made anew since
        await change("delete", *GONE)
        made = await change("create", *NEW)
        department = next(one["id"] for one in do(pristine, "GET", "data/departments") if "Sound" in one["name"])
        theo = next(one["id"] for one in do(pristine, "GET", "data/persons") if one["full_name"] == "Theo Marchand")
        do(pristine, "PUT", f"data/persons/{theo}", {"departments": [department]})
        back = await undo(made)
        assert len(back["rows"]) == 5
        assert "Used by now, so not removed: Department Sound %2F %3A 😀 (1 person)" in back["warnings"]
        moved = await change(
            "change",
            {"what": "task status", "name": "wip", "set": {"is_done": "yes", "short_name": "work", "archived": "yes"}},
            {"what": "task type", "name": "Shot Layout", "set": {"archived": True, "department": "none"}},
            {"what": "task type", "name": "Asset Concept", "set": {"color": "#102030"}},
            {"what": "asset type", "name": "Prop", "set": {"name": "Props", "task_types": "Modeling"}},
            {"what": "automation", "name": "shot: Layout", "set": {"then": "Lighting=wip"}},
        )
        assert "16 tasks count otherwise in every production: Task status Work In Progress" in person.asked[-1]
        assert "Stays on what uses it (41 tasks, 4 productions, 2 automations): Task type Layout" in moved["warnings"]
        assert moved["rows"][2][0] == "Task type Asset Concept"
        puts = [one.json for one in proxy.requests if one.method == "PUT"]
        assert puts[0] == {"is_done": True, "short_name": "work", "archived": True}
        await undo(moved)


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"what": "task type", "do": "create", "name": " layout", "set": {"of": "asset"}}, "there is 'Layout' already"),
    ({"what": "task type", "do": "create", "name": "New"}, "A new task type needs of in set"),
    ({"what": "task type", "do": "create", "name": "x" * 300, "set": {"of": "shot"}}, "Kitsu holds 40"),
    (
        {"what": "task type", "do": "change", "name": "Layout", "set": {"of": "asset"}},
        "of cannot be set of a task type",
    ),
    ({"what": "task type", "do": "change", "name": "Concept", "set": {"archived": "yes"}}, "Asset Concept"),
    (
        {"what": "task type", "do": "delete", "name": "Shot Layout"},
        "is used by 41 tasks, 4 productions, 2 automations, 4 schedule bars",
    ),
    ({"what": "task status", "do": "create", "name": "New", "set": {"short_name": "WIP"}}, "there is 'wip' already"),
    ({"what": "task status", "do": "create", "name": "New"}, "A new task status needs short_name"),
    (
        {"what": "task status", "do": "create", "name": "New", "set": {"short_name": "n", "color": "red"}},
        "color: 'red'",
    ),
    ({"what": "task status", "do": "delete", "name": "wip"}, "is used by 16 tasks, 4 productions, 257 comments"),
    ({"what": "task status", "do": "change", "name": "wip", "set": {"is_default": "yes"}}, "takes it from the first"),
    (
        {"what": "task status", "do": "change", "name": "todo", "set": {"archived": "yes"}},
        "is what new tasks begin with",
    ),
    ({"what": "asset type", "do": "create", "name": "Char_cter"}, "takes 'Char_cter' for a pattern"),
    ({"what": "asset type", "do": "create", "name": "SHOT"}, "there is 'Shot' already"),
    ({"what": "asset type", "do": "change", "name": "Prop", "set": {"name": "character"}}, "'Character' already"),
    ({"what": "asset type", "do": "delete", "name": "Prop"}, "is used by"),
    ({"what": "department", "do": "create", "name": "fx"}, "there is 'FX' already"),
    ({"what": "department", "do": "create", "name": "FX", "set": {"color": "#000000"}}, "already, which is otherwise"),
    ({"what": "department", "do": "create", "name": "a\u202eb"}, "U+202E"),
    ({"what": "department", "do": "delete", "name": "FX"}, "by 1 task type, so Kitsu does not delete it. Archive it"),
    ({"what": "department", "do": "delete", "name": "FX", "set": {"archived": "yes"}}, "to delete it, set nothing"),
    ({"what": "department", "do": "change", "name": "FX", "set": {"colour": "#000000"}}, "colour cannot be set"),
    ({"what": "department", "do": "change", "name": "Nothing", "set": {"archived": "yes"}}, "No department 'Nothing'"),
    (
        {"what": "automation", "do": "create", "set": LIGHT | {"then": "Animation=done"}},
        "set it off again, without an end",
    ),
    ({"what": "automation", "do": "create", "set": LIGHT | {"then": "Lighting"}}, "then: 'Lighting' has no status"),
    ({"what": "automation", "do": "create", "set": LIGHT | {"then": "Lighting=approved"}}, "No task status 'approved'"),
    ({"what": "automation", "do": "create", "name": "Mine", "set": LIGHT}, "An automation has no name"),
    ({"what": "automation", "do": "delete", "name": "asset: Concept"}, "is used by 1 production"),
]


async def test_records_that_cannot_be_meant_or_are_used_are_refused(kitsu: Connection, journal: Path) -> None:
    person = Person()
    circle = [{"what": "automation", "do": "create", "set": one} for one in (LIGHT, LIGHT | {"when": "Lighting=ready"})]
    circle[1]["set"] = LIGHT | {"when": "Lighting=ready", "then": "Animation=done"}
    with nothing_written(kitsu):
        async with connected(kitsu, role="admin", on_question=person, journal=journal) as agent:
            for row, says in REFUSED:
                refusal = await agent.refusal("change_studio", rows=[row])
                assert says in refusal, (row, refusal)
                assert "Nothing was" in refusal, row
            assert "without an end" in await agent.refusal("change_studio", rows=circle)
            twice = [{"what": "department", "do": "create", "name": "Sound"}] * 2
            assert "is there twice" in await agent.refusal("change_studio", rows=twice)
            for how in ({"do": "delete"}, {"do": "change", "set": {"name": "Other"}}):
                anew = [{"what": "department", "name": "Concept"} | one for one in (how, {"do": "create"})]
                assert "is there, and changed in the same call" in await agent.refusal("change_studio", rows=anew)
    assert person.asked == []


async def test_zou_would_take_what_is_refused_here(pristine: Connection) -> None:
    """The flag of the default status, and a position that is none; if it does not any more, refuse less."""

    def at(path: str, method: str = "GET", **body: object) -> Any:
        return ask(pristine.host, path, pristine.token("admin"), method=method, body=body or None)

    def default() -> set[str]:
        return {one["short_name"] for one in at("data/task-status").body if one["is_default"]}

    assert default() == {"todo", "neutral"}
    wip = next(one["id"] for one in at("data/task-status").body if one["short_name"] == "wip")
    assert at(f"data/task-status/{wip}", "PUT", is_default=True, name="x" * 300).status == 400
    assert len(default()) == 1
    assert at(f"data/task-status/{wip}", "PUT", is_default=True).status == 200
    assert default() == {"wip"}
    theo = next(one["id"] for one in at("data/persons").body if one["full_name"] == "Theo Marchand")
    assert at(f"data/persons/{theo}", "PUT", position="boss").status == 500
    assert at("data/persons").status == 500
