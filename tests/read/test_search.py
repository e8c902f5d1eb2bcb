"""Finding by name: typing errors, kinds, places, and a total that hides nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from support.client import connected

if TYPE_CHECKING:
    from kitsu_server.sandbox.lifecycle import Connection
    from support.client import Agent

pytestmark = pytest.mark.anyio

COLUMNS = ["kind", "address or name", "detail"]


@pytest.mark.parametrize(
    ("arguments", "first"),
    [
        ({"text": "lanten"}, ["asset", "Salt Harbour/Prop/Lantern", ""]),
        ({"text": "WATERNG CAN"}, ["asset", "Robo Garden/Prop/Watering can", ""]),
        ({"text": "okafr"}, ["person", "Mara Okafor", "manager"]),
        ({"text": "Inês"}, ["person", "Inês Carvalho", "supervisor"]),
        ({"text": "vendor", "kinds": ["person"]}, ["person", "Vendor Bot", "bot"]),
        ({"text": "robo gaden"}, ["project", "Robo Garden", "tvshow"]),
        ({"text": "SH", "kinds": ["project"]}, ["project", "Salt Harbour", "short"]),
        ({"text": "boots/left"}, ["asset", "Salt Harbour/Prop/Boots%2Fleft", ""]),
        ({"text": "storm light"}, ["concept", "Salt Harbour/Concepts/Storm light", ""]),
        ({"text": "main edit"}, ["edit", "Salt Harbour/Edits/Main edit", ""]),
        ({"text": "E02", "kinds": ["episode"]}, ["episode", "Robo Garden/E02", ""]),
        ({"text": "SQ01 SH0010", "kinds": ["shot"]}, ["shot", "Robo Garden/E01/SQ01/SH0010", ""]),
        ({"text": "SQ020 SH0040"}, ["shot", "Salt Harbour/SQ020/SH0040", ""]),
        ({"text": "old anchor"}, ["asset", "Salt Harbour/Prop/Old anchor", "omitted"]),
    ],
    ids=str,
)
async def test_the_best_match_comes_first(client: Agent, arguments: dict[str, Any], first: list[str]) -> None:
    answer = await client.ask("search", **arguments)
    assert answer["columns"] == COLUMNS
    assert answer["rows"][0] == first


async def test_only_the_kinds_asked_for_are_found_below_the_place_asked_for(client: Agent) -> None:
    answer = await client.ask("search", text="SH0010", under="Robo Garden/E02", kinds=["shot"], limit=2)
    assert answer == {
        "columns": COLUMNS,
        "rows": [
            ["shot", "Robo Garden/E02/SQ01/SH0010", ""],
            ["shot", "Robo Garden/E02/SQ02/SH0010", ""],
        ],
        "total": answer["total"],
    }
    assert answer["total"] > 2


async def test_people_and_projects_are_not_below_any_place(client: Agent) -> None:
    answer = await client.ask("search", text="Aiko", under="Salt Harbour")
    assert not [row for row in answer["rows"] if row[0] in {"person", "project"}]


async def test_the_total_counts_what_the_limit_cuts(client: Agent) -> None:
    one = await client.ask("search", text="SH0010", limit=1)
    many = await client.ask("search", text="SH0010", limit=100)
    assert len(one["rows"]) == 1
    assert one["total"] == many["total"] == len(many["rows"])


async def test_the_names_of_one_asset_type_are_not_searched_for_another_with_as_many_assets(client: Agent) -> None:
    places = ("Salt Harbour/Environment", "Salt Harbour/FX")
    assert [(await client.ask("list_assets", under=place))["total"] for place in places] == [2, 2]
    found = [(await client.ask("search", text="Lighthouse", under=place))["rows"] for place in places]
    assert found == [[["asset", "Salt Harbour/Environment/Lighthouse", ""]], []]


async def test_the_default_production_is_where_it_looks(kitsu: Connection) -> None:
    async with connected(kitsu, KITSU_PROJECT="Salt Harbour") as client:
        answer = await client.ask("search", text="SH0010", limit=100)
    places = {row[1].split("/")[0] for row in answer["rows"] if row[0] == "shot"}
    assert places == {"Salt Harbour"}


async def test_a_production_whose_team_one_is_not_on_is_not_found(kitsu: Connection) -> None:
    async with connected(kitsu, role="supervisor") as client:
        answer = await client.ask("search", text="Secret Pilot")
    assert not [row for row in answer["rows"] if "Secret" in row[1]]


@pytest.mark.parametrize(
    "text", ["🎬", "\u202eطرق", "\x00\x07", "%", "~", "//", "：", "a" * 200, "'; drop table entity"]
)
async def test_odd_text_finds_nothing_and_breaks_nothing(client: Agent, text: str) -> None:
    assert await client.ask("search", text=text) == {"columns": COLUMNS, "rows": [], "total": 0}


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"text": ""}, "text: String should have at least 1 character."),
        ({"text": " \t\n"}, "text: nothing to search for. Give a name or part of one."),
        ({"text": "a" * 201}, "text: String should have at most 200 characters."),
        ({"text": "a", "kinds": ["scene"]}, "kinds.0: Input should be 'project', 'episode', 'sequence', 'shot',"),
        ({"text": "a", "limit": 0}, "limit: Input should be greater than or equal to 1."),
        ({"text": "a", "limit": 101}, "limit: Input should be less than or equal to 100."),
        ({"text": "a", "under": "Nowhere"}, "No production 'Nowhere'."),
    ],
)
async def test_bad_arguments_are_named(client: Agent, arguments: dict[str, Any], complaint: str) -> None:
    assert (await client.refusal("search", **arguments)).startswith(complaint)
