"""Assets as a table: twins told apart, types, filters, and whose episode they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from kitsu_tools.tracker.visibility import ASSIGNED_ONLY
from support.client import connected

if TYPE_CHECKING:
    from kitsu_sandbox.lifecycle import Connection
    from support.client import Agent

pytestmark = pytest.mark.anyio

STEPS = ["Concept", "Modeling", "Shading", "Rigging"]


async def test_an_asset_type_lists_its_assets_twins_with_their_mark(client: Agent) -> None:
    answer = await client.ask("list_assets", under="Salt Harbour/Prop", show=["id"])
    twins = sorted(row[1] for row in answer["rows"] if row[0].startswith("Rope coil"))
    ids = {row[0]: row[1] for row in answer["rows"]}
    assert answer == {
        "under": "Salt Harbour/Prop",
        "columns": ["asset", "id", *STEPS],
        "rows": [
            ["Boots%2Fleft", ids["Boots%2Fleft"], "done", "todo", "todo", "todo"],
            ["Lantern", ids["Lantern"], "done", "done", "done", "done"],
            [f"Rope coil~{twins[0][:8]}", twins[0], "done", "done", "done", "retake"],
            [f"Rope coil~{twins[1][:8]}", twins[1], "wfa", "todo", "todo", "todo"],
            ["Rowing boat", ids["Rowing boat"], "done", "retake", "todo", "todo"],
        ],
        "total": 5,
        "notes": ["1 omitted left out"],
    }


async def test_a_whole_production_goes_by_type(client: Agent) -> None:
    answer = await client.ask("list_assets", under="Robo Garden")
    assert answer == {
        "under": "Robo Garden",
        "columns": ["asset", *STEPS],
        "rows": [
            ["Character/Bolt", "done", "done", "done", "done"],
            ["Character/Fern", "done", "done", "done", "done"],
            ["Character/Professor Moss", "done", "done", "wip", "todo"],
            ["Character/Snail king", "done", "ready", "todo", "todo"],
            ["Environment/Greenhouse", "done", "done", "done", "wip"],
            ["Environment/Rooftop", "done", "done", "wfa", "todo"],
            ["FX/Sparks", "retake", "todo", "todo", "todo"],
            ["Prop/Broken drone", "done", "done", "todo", "todo"],
            ["Prop/Seed box", "done", "todo", "todo", "todo"],
            ["Prop/Watering can", "done", "done", "done", "done"],
        ],
        "total": 10,
    }


@pytest.mark.parametrize(
    ("under", "expected"),
    [
        ("Robo Garden/E01", ["Prop/Broken drone"]),
        ("Robo Garden/E02", ["Character/Snail king"]),
        ("Robo Garden/characters", ["Bolt", "Fern", "Professor Moss", "Snail king"]),
    ],
)
async def test_an_episode_has_its_own_assets_and_a_type_may_be_plural(
    client: Agent, under: str, expected: list[str]
) -> None:
    answer = await client.ask("list_assets", under=under)
    assert [row[0] for row in answer["rows"]] == expected
    for name in expected:
        assert (await client.ask("list_tasks", under=f"{answer['under']}/{name}"))["total"]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (["Concept=wfa"], ["FX/Sea spray", "Prop/Rope coil"]),
        (["name=*o*", "Modeling=todo"], ["Prop/Boots%2Fleft", "Prop/Rope coil"]),
        (["name=Fog 100%"], ["FX/Fog 100%25"]),
        (["description=quay"], ["Prop/Rope coil"]),
        (["Reference=board Lantern"], ["Prop/Lantern"]),
        (["Rigging=done", "Rigging!=done"], []),
    ],
    ids=str,
)
async def test_filters_hold_for_assets(client: Agent, where: list[str], expected: list[str]) -> None:
    rows = (await client.ask("list_assets", under="Salt Harbour", where=where))["rows"]
    assert [row[0].partition("~")[0] for row in rows] == expected


async def test_the_pages_hold_every_asset_exactly_once(client: Agent) -> None:
    whole = (await client.ask("list_assets", under="Salt Harbour"))["rows"]
    rows: list[Any] = []
    cursor = ""
    for _ in range(3):
        page = await client.ask("list_assets", under="Salt Harbour", limit=5, next=cursor)
        rows += page["rows"]
        cursor = page.get("next", "")
    assert rows == whole
    assert len(rows) == 12
    assert cursor == ""


async def test_nobody_elses_assets_are_shown_to_a_vendor(kitsu: Connection) -> None:
    async with connected(kitsu, role="vendor") as vendor:
        answer = await vendor.ask("list_assets", under="Robo Garden")
    assert answer == {"under": "Robo Garden", "columns": ["asset"], "rows": [], "total": 0, "notes": [ASSIGNED_ONLY]}


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"under": "Salt Harbour/SQ010"}, "Salt Harbour/SQ010 holds no assets;"),
        ({"under": "Salt Harbour/Prop/Lantern"}, "Salt Harbour/Prop/Lantern holds no assets;"),
        ({"under": "Salt Harbour/Concepts"}, "Salt Harbour/Concepts holds no assets;"),
        ({"under": "Salt Harbour/Prop/Rope coil"}, "'Rope coil' could be Salt Harbour/Prop/Rope coil~"),
        ({"show": ["Difficulty"]}, "show: there is no column 'Difficulty'. There are:"),
        ({"where": ["Layout=done"]}, "where: nothing to filter by is called 'Layout'."),
        ({"next": "x"}, "This `next` was not made by this tool."),
        ({"limit": 0}, "limit: Input should be greater than or equal to 1."),
    ],
    ids=str,
)
async def test_what_cannot_be_used_is_named(client: Agent, arguments: dict[str, Any], complaint: str) -> None:
    assert (await client.refusal("list_assets", **({"under": "Salt Harbour"} | arguments))).startswith(complaint)
