"""`change_project`, as an agent drives it, on the real sandbox Kitsu."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from support.api import ask
from support.client import connected
from support.database import snapshot
from support.faults import fault_proxy
from support.held import held_to_plan, nothing_written
from support.person import Person

if TYPE_CHECKING:
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection
    from support.client import Mode

pytestmark = pytest.mark.anyio

HARBOUR = "Salt Harbour"
UNLIKE = frozenset({"id", "created_at", "updated_at"})
"""What a row that was made anew has of its own."""
SETTINGS: dict[str, Any] = {
    "code": "SHX",
    "description": "A winter, a gull\nand a keeper",
    "start_date": "2027-01-04",
    "end_date": "2027-06-30",
    "style": "vfx",
    "fps": 23.976,
    "ratio": "2.39:1",
    "resolution": "4096x1716",
    "man_days": 1200,
    "homepage": "shots",
    "max_retakes": None,
    "is_clients_isolated": True,
}


async def test_settings_are_one_request_and_come_back_each(pristine: Connection, journal: Path, era: Mode) -> None:
    person = Person()
    before = snapshot(pristine.database)["project"]
    async with (
        fault_proxy(pristine.event_host) as proxy,
        connected(pristine, mode=era, on_question=person, host=proxy.url, journal=journal) as agent,
    ):
        with held_to_plan(pristine, journal):
            receipt = await agent.ask("change_project", project=HARBOUR, settings=SETTINGS)
        assert receipt["outcome"] == "11 applied"
        (put,) = [one.json for one in proxy.requests if one.method == "PUT"]
        assert put["fps"] == "23.976"
        assert "max_retakes" not in put
        assert "A winter, a gull ⏎ and a keeper" in person.asked[0]
        project = (await agent.ask("list_projects"))["rows"]
        assert any("2027-01-04" in row for row in project)
        with held_to_plan(pristine, journal):
            await agent.ask("change_project", project=HARBOUR, settings={"code": "KEPT"})
        with held_to_plan(pristine, journal):
            back = await agent.ask("undo_change", code=receipt["journal"])
        assert back["outcome"] == "10 applied"
        assert "Gone or changed since, so not taken back: Salt Harbour/code" in back["warnings"]
    after = snapshot(pristine.database)["project"]
    differing = {name for key, row in after.items() for name, value in row.items() if before[key][name] != value}
    assert differing == {"code", "updated_at"}


async def test_what_is_used_of_the_studio_goes_and_comes_back_with_its_place(
    pristine: Connection, journal: Path
) -> None:
    person = Person()
    links = ("project_task_type_link", "project_task_status_link", "project_asset_type_link")
    uses: list[dict[str, Any]] = [
        {"what": "task type", "do": "drop", "names": ["Layout", "Asset Concept"]},
        {"what": "task type", "do": "use", "names": ["Script"]},
        {"what": "task status", "do": "drop", "names": ["wfa"]},
        {"what": "task status", "do": "use", "names": ["On Hold", "todo"]},
        {"what": "asset type", "do": "drop", "names": ["FX"]},
        {"what": "automation", "do": "use", "names": ["shot: Layout is done: Animation becomes ready"]},
    ]
    with psycopg.connect(pristine.database) as database:  # as Kitsu writes it, not as the seeds leave it
        database.execute("update project_task_status_link set roles_for_board = '{user,manager}'")
        ((tasks,),) = database.execute(
            "select count(*) from task t join task_type y on y.id = t.task_type_id join project p on "
            "p.id = t.project_id where y.name = 'Layout' and p.name = 'Salt Harbour'"
        ).fetchall()
    before = snapshot(pristine.database)
    async with connected(pristine, on_question=person, journal=journal) as agent:
        with held_to_plan(pristine, journal):
            receipt = await agent.ask("change_project", project=HARBOUR, uses=uses)
        assert receipt["outcome"] == "7 applied"
        assert receipt["already_so"] == [f"{HARBOUR}/task status Todo"]
        assert f"task type Shot Layout: {tasks} tasks of it stay, hidden on Kitsu's pages" in receipt["warnings"]
        studio = await agent.ask("get_studio", sections=["statuses"], project=HARBOUR)
        assert "hold" in [row[0] for row in studio["statuses"]["rows"]]
        with held_to_plan(pristine, journal):
            back = await agent.ask("undo_change", code=receipt["journal"])
        assert back["outcome"] == "7 applied"
        after = snapshot(pristine.database)
        for table in links:
            was, now = (
                sorted(str(sorted((name, row[name]) for name in row.keys() - UNLIKE)) for row in one[table].values())
                for one in (before, after)
            )
            assert was == now
        order = [{"what": "task type", "do": "order", "names": ["Lighting", "Animation"]}]
        with held_to_plan(pristine, journal):
            ordered = await agent.ask("change_project", project=HARBOUR, uses=order)
        assert "Storyboard, Layout, Lighting, Animation, Compositing" in ordered["rows"][0][3]
        with held_to_plan(pristine, journal):
            await agent.ask("undo_change", code=ordered["journal"])
        everything = [{"what": "asset type", "do": "drop", "names": ["Character", "Environment", "Prop", "FX"]}]
        receipt = await agent.ask("change_project", project=HARBOUR, uses=everything)
        assert "With none left it shows every asset type of the studio" in receipt["warnings"]


async def test_a_production_is_closed_and_only_reopened(pristine: Connection, journal: Path) -> None:
    person = Person()
    async with connected(pristine, on_question=person, journal=journal) as agent:
        with held_to_plan(pristine, journal):
            receipt = await agent.ask("change_project", project=HARBOUR, settings={"status": "Closed"})
        assert receipt["rows"][0][1:4] == ["applied", "open", "closed"]
        assert "CLOSES Salt Harbour for everybody" in person.asked[0]
        assert "only admins find it then" in person.asked[0]
        async with connected(pristine, role="admin", on_question=person, journal=journal) as admin:
            for settings, says in (({"code": "X"}, "is closed: nothing is written"), ({"status": "closed"}, "already")):
                assert says in await admin.refusal("change_project", project=HARBOUR, settings=settings)
        with held_to_plan(pristine, journal):
            back = await agent.ask("undo_change", code=receipt["journal"])
        assert back["rows"][0][3] == "open"


async def test_a_show_without_episodes_gets_its_first_and_it_is_said(pristine: Connection, journal: Path) -> None:
    person = Person()
    async with connected(pristine, on_question=person, journal=journal) as agent:
        with held_to_plan(pristine, journal):
            receipt = await agent.ask("change_project", project=HARBOUR, settings={"type": "tvshow", "code": "TV"})
    assert "Kitsu itself also changes: Salt Harbour makes the episode E01" in person.asked[0]
    assert len(receipt["also_changed_by_kitsu"]) == 1


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({}, "Name at least one of settings and uses"),
    ({"settings": {"start_date": "2028-01-01"}}, "Salt Harbour would end before it starts (2028-01-01 to"),
    ({"settings": {"end_date": "someday"}}, "end_date: 'someday' is not a date"),
    ({"settings": {"name": "robo  GARDEN"}}, "there is 'Robo Garden' already"),
    ({"settings": {"name": "x" * 300}}, "name has 300 characters; Kitsu holds 80"),
    ({"settings": {"name": "Salt\u202eHarbour"}}, "which a person would not see as it is"),
    ({"settings": {"fps": "fast"}}, "fps: 'fast' is not one. Write it as 24 or 23.976"),
    ({"settings": {"resolution": "4k"}}, "resolution: '4k' is not one"),
    ({"settings": {"style": "oil"}}, "style: 'oil' is none of 2d"),
    ({"settings": {"man_days": "-3"}}, "man_days: '-3' is no whole number"),
    ({"settings": {"is_clients_isolated": "maybe"}}, "neither yes nor no"),
    ({"settings": {"is_bot_collaboration_enabled": "yes"}}, "is_bot_collaboration_enabled"),
    ({"uses": [{"what": "task type", "do": "use", "names": ["Concept"]}]}, "is not one task type but 2"),
    ({"uses": [{"what": "task status", "do": "use", "names": ["Old hold"]}]}, "No task status 'Old hold'"),
    ({"uses": [{"what": "task type", "do": "order", "names": ["Scripts"]}]}, "No task type 'Scripts'"),
    ({"uses": [{"what": "task type", "do": "use", "names": ["Layout"]}]}, "Salt Harbour is so already"),
]


async def test_what_cannot_be_meant_of_a_production_is_refused(kitsu: Connection, journal: Path) -> None:
    person = Person()
    with nothing_written(kitsu):
        async with connected(kitsu, on_question=person, journal=journal) as agent:
            for arguments, says in REFUSED:
                refusal = await agent.refusal("change_project", **{"project": HARBOUR} | arguments)
                assert says in refusal, arguments
                assert "Nothing was" in refusal, arguments
    assert person.asked == []


async def test_who_may_set_up_a_production_is_who_zou_lets(pristine: Connection, journal: Path) -> None:
    project = next(key[0] for key, row in snapshot(pristine.database)["project"].items() if row["name"] == HARBOUR)
    for role in ("admin", "manager", "supervisor", "user", "client", "vendor"):
        person = Person("decline")
        async with connected(pristine, role=role, on_question=person, journal=journal) as agent:
            said = await agent.call("change_project", project=HARBOUR, settings={"code": "ROLE"})
        lets = ask(pristine.host, f"data/projects/{project}", pristine.token(role), method="PUT", body={}).status == 200
        assert (bool(person.asked), lets, not said.is_error) == (role in {"admin", "manager"},) * 3, role
    async with connected(pristine, journal=journal, on_question=Person(), KITSU_PROJECTS=HARBOUR) as agent:
        refusal = await agent.refusal("change_project", project=HARBOUR, settings={"name": "Harbour"})
        assert "limited to productions by name (KITSU_PROJECTS)" in refusal
        assert "No production" in await agent.refusal("change_project", project="Robo Garden", settings={"code": "X"})
