"""`create_project`, as an agent drives it, on the real sandbox Kitsu."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from support.api import ask
from support.client import connected
from support.faults import answer, fault_proxy, lose_answer
from support.held import held_to_plan, nothing_written
from support.person import Person

if TYPE_CHECKING:
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection
    from support.client import Mode

pytestmark = pytest.mark.anyio

SHOW: dict[str, Any] = {
    "name": "Moon / Market 😀",
    "type": "tvshow",
    "settings": {"start_date": "2027-01-04", "end_date": "2028-01-04", "fps": 25, "style": "2d", "description": "A\nB"},
    "task_types": ["Layout", "Animation", "Asset Concept"],
    "task_statuses": ["todo", "wip", "done"],
    "asset_types": ["Character"],
    "team": ["Mara Okafor", "theo@example.com"],
}


async def test_a_production_is_made_with_all_that_was_named(pristine: Connection, journal: Path, era: Mode) -> None:
    person = Person()
    async with connected(pristine, role="admin", mode=era, on_question=person, journal=journal) as agent:
        with held_to_plan(pristine, journal):
            receipt = await agent.ask("create_project", **SHOW)
        assert receipt["rows"][0][1] == "applied", receipt
        assert "gets the episode E01" in person.asked[0]
        assert "team: Mara Okafor, Theo Marchand" in receipt["warnings"]
        types = await agent.ask("get_studio", sections=["task types"], project="Moon %2F Market 😀")
        assert [row[1] for row in types["task_types"]["rows"] if row[0] == "Shot"] == ["Layout", "Animation"]
        assert "close it with change_project" in await agent.refusal("undo_change", code=receipt["journal"])
        refusal = await agent.refusal("create_project", **SHOW | {"name": " moon / MARKET 😀 "})
        assert "there is 'Moon / Market 😀' already" in refusal


async def test_one_made_half_way_says_so_and_is_not_made_twice(pristine: Connection, journal: Path) -> None:
    template = f"data/project-templates/from-project/{_project(pristine, 'Salt Harbour')}"
    ask(pristine.host, template, pristine.token("admin"), method="POST", body={"name": "Shorts"})
    small = {"name": "Half", "team": ["Mara Okafor"], "template": "Shorts"}
    async with (
        fault_proxy(pristine.event_host) as proxy,
        connected(pristine, role="admin", on_question=Person(), host=proxy.url, journal=journal) as agent,
    ):
        proxy.fault(answer(400, {"message": "no"}), method="POST", path="/team")
        receipt = await agent.ask("create_project", **small)
        assert receipt["rows"][0][1] != "applied"
        assert "team" in receipt["rows"][0][4]
        assert "there is 'Half' already" in await agent.refusal("create_project", **small)
        proxy.fault(lose_answer(), method="POST", path="data/projects")
        lost = await agent.ask("create_project", **small | {"name": "Lost"})
        assert lost["rows"][0][1] != "applied"
    record = ask(pristine.host, f"data/projects/{_project(pristine, 'Half')}", pristine.token("admin")).body
    assert record["resolution"] == "2048x1080"
    assert record["task_types"]


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"name": "salt  harbour"}, "there is 'Salt Harbour' already"),
    ({"name": "Old reel"}, "there is 'Old Reel' already"),
    ({"name": "x" * 300}, "name has 300 characters; Kitsu holds 80"),
    ({"name": "  "}, "is no name"),
    ({"settings": {"start_date": "2027-02-01", "end_date": "2027-01-01"}}, "would end before it starts"),
    ({"settings": {"status": "closed"}}, "status is not for a new production"),
    ({"settings": {"colour": "red"}}, "colour"),
    ({"team": ["Piet Jansen"]}, "Not active in Kitsu any more"),
    ({"template": "Nothing"}, "project template"),
    ({"type": "series"}, "type: Input should be 'short'"),
]


async def test_a_production_that_cannot_be_meant_is_refused(kitsu: Connection, journal: Path) -> None:
    person = Person()
    with nothing_written(kitsu):
        async with connected(kitsu, role="admin", on_question=person, journal=journal) as agent:
            for arguments, says in REFUSED:
                assert says in await agent.refusal("create_project", **{"name": "New"} | arguments), arguments
    assert person.asked == []


async def test_only_admins_make_productions_as_zou_has_it(pristine: Connection, journal: Path) -> None:
    for role in ("manager", "supervisor", "user", "client", "vendor"):
        person = Person("decline")
        async with connected(pristine, role=role, on_question=person, journal=journal) as agent:
            assert "Only admins create productions" in await agent.refusal("create_project", name="New")
        made = ask(pristine.host, "data/projects", pristine.token(role), method="POST", body={"name": f"By {role}"})
        assert (made.status, person.asked) == (403, [])


def _project(connection: Connection, name: str) -> str:
    every = ask(connection.host, "data/projects", connection.token("admin")).body
    return next(one["id"] for one in every if one["name"] == name)
