"""Finding by name: typing errors, kinds, places, and a total that hides nothing."""

from __future__ import annotations

import asyncio
import re
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from kitsu_tools.read.search import NEAREST
from kitsu_tools.read.shelves import NOT_INDEXED
from kitsu_tools.tracker.visibility import ASSIGNED_ONLY
from support.api import ask
from support.client import connected
from support.doing import do
from support.faults import answer, fault_proxy, hold, rewrite

if TYPE_CHECKING:
    from kitsu_sandbox.lifecycle import Connection
    from support.client import Agent, Mode

pytestmark = pytest.mark.anyio

COLUMNS = ["kind", "address or name", "detail"]


def _id_of(kitsu: Connection, name: str) -> str:
    projects = ask(kitsu.host, "data/projects/open", kitsu.token("admin")).body
    return next(one["id"] for one in projects if one["name"] == name)


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
        ({"text": "sq20 sh40"}, ["shot", "Salt Harbour/SQ020/SH0040", ""]),
        ({"text": "the lantern"}, ["asset", "Salt Harbour/Prop/Lantern", ""]),
        ({"text": "SH0040 SQ020 Salt Harbour"}, ["shot", "Salt Harbour/SQ020/SH0040", ""]),
        ({"text": "Salt Harbor SH0030"}, ["shot", "Salt Harbour/SQ010/SH0030", ""]),
        ({"text": "Lan\u00adtern"}, ["asset", "Salt Harbour/Prop/Lantern", ""]),
        ({"text": "fog 100%"}, ["asset", "Salt Harbour/FX/Fog 100%25", ""]),
        ({"text": "%"}, ["asset", "Salt Harbour/FX/Fog 100%25", ""]),
        ({"text": "old anchor"}, ["asset", "Salt Harbour/Prop/Old anchor", "omitted"]),
    ],
    ids=str,
)
async def test_the_best_match_comes_first(client: Agent, arguments: dict[str, Any], first: list[str]) -> None:
    answer = await client.ask("search", **arguments)
    assert answer["columns"] == COLUMNS
    assert answer["rows"][0] == first


async def test_only_the_kinds_asked_for_are_found_below_the_place_asked_for(client: Agent) -> None:
    answer = await client.ask("search", text="SH0010", under="Robo Garden/E02", kinds=["shot"])
    assert answer == {
        "columns": COLUMNS,
        "rows": [
            ["shot", "Robo Garden/E02/SQ01/SH0010", ""],
            ["shot", "Robo Garden/E02/SQ02/SH0010", ""],
        ],
        "total": 2,
    }


async def test_people_and_projects_are_not_below_any_place(client: Agent) -> None:
    answer = await client.ask("search", text="Aiko", under="Salt Harbour")
    assert not [row for row in answer["rows"] if row[0] in {"person", "project"}]


NEW_ASSETS = ("Fisherman's hut interior, night", "灯台 Lighthouse model", "Bjørn's Æther lamp", "ガラス瓶", "hut")


@pytest.fixture
def more_names(pristine: Connection) -> Connection:
    """A sandbox with longer and foreign names in Salt Harbour."""

    def asked(path: str, body: object = None) -> Any:
        token = pristine.token("admin")
        return ask(pristine.host, path, token, method="POST" if body else "GET", body=body).body

    project = next(one for one in asked("data/projects/open") if one["name"] == "Salt Harbour")["id"]
    kind = next(one for one in asked("data/asset-types") if one["name"] == "Environment")["id"]
    for name in NEW_ASSETS:
        asked(f"data/projects/{project}/asset-types/{kind}/assets/new", {"name": name})
    asked("data/persons", {"first_name": "Hélène", "last_name": "Dûpont", "email": "helene@example.com"})
    return pristine


async def test_a_name_that_holds_every_word_is_found_however_long_it_is_and_however_it_is_typed(
    more_names: Connection, mode: Mode
) -> None:
    hut, model = "Fisherman's hut interior, night", "灯台 Lighthouse model"
    wanted = {
        "interior": hut,
        "fishermans hut": hut,
        "FISHERMAN’S": hut,
        "hut night": hut,
        "灯台": model,
        "台": model,
        "ｌｉｇｈｔｈｏｕｓｅ　model": model,
        "house mod": model,
        "bjorn aether": "Bjørn's Æther lamp",
        "ガラス": "ガラス瓶",
        "瓶": "ガラス瓶",
    }
    async with connected(more_names, mode=mode) as client:
        found = {text: (await client.ask("search", text=text))["rows"][0] for text in wanted}
        people = {
            text: (await client.ask("search", text=text))["rows"][0][1] for text in ("helene", "DUPONT", "Hélène")
        }
        nights = [row[1] for row in (await client.ask("search", text="night"))["rows"]]
        huts = (await client.ask("search", text="hut"))["rows"]
        glass = await client.ask("search", text="カラス")
    assert found == {text: ["asset", f"Salt Harbour/Environment/{name}", ""] for text, name in wanted.items()}
    assert f"Salt Harbour/Environment/{hut}" in nights
    assert set(people.values()) == {"Hélène Dûpont"}
    assert [row[1].rpartition("/")[2] for row in huts] == ["hut", hut]
    assert glass["rows"] == [], "カラス is another word than ガラス"


@pytest.mark.parametrize(
    "text",
    [
        "Salt Harbour/SQ010/SH0030",
        "salt harbour/sq010/sh0030",
        " /Salt Harbour / SQ010 / SH0030/ ",
        "Salt Harbour/SQ010/SH0030:Animation",
        "SQ010/SH0030",
    ],
)
async def test_an_address_finds_exactly_what_it_names(client: Agent, text: str) -> None:
    answer = await client.ask("search", text=text)
    assert answer == {"columns": COLUMNS, "rows": [["shot", "Salt Harbour/SQ010/SH0030", ""]], "total": 1}


async def test_an_id_or_a_page_link_finds_what_it_is_of(client: Agent, kitsu: Connection) -> None:
    token = kitsu.token("manager")
    project = next(one for one in ask(kitsu.host, "data/projects/open", token).body if one["name"] == "Salt Harbour")
    shots = ask(kitsu.host, f"data/shots/with-tasks?project_id={project['id']}", token).body
    shot = next(one for one in shots if one["name"] == "SH0030" and one["tasks"])
    link = f"{kitsu.event_host}/productions/{project['id']}/shots/{shot['id']}"
    for text, kind in (
        (shot["id"], "shot"),
        (link, "shot"),
        (project["id"], "project"),
        (shot["tasks"][0]["id"], "task"),
    ):
        (row,) = (await client.ask("search", text=text))["rows"]
        assert row[0] == kind
        assert row[1].startswith("Salt Harbour")
    assert "search finds things by name" in await client.refusal("search", text="a24a6ea4-ce75-4665-a070-57453082c250")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("rope", {"Rope coil"}),
        ("Storm", {"Storm light"}),
        ("harbour", {"Harbour", "Harbour mood board", "Salt Harbour"}),
        ("lanten", {"Lantern"}),
        ("WATERNG CAN", {"Watering can"}),
    ],
)
async def test_nothing_stands_beside_what_answers_that_is_not_like_it(
    client: Agent, text: str, names: set[str]
) -> None:
    answer = await client.ask("search", text=text)
    assert {row[1].rpartition("/")[2].partition("~")[0] for row in answer["rows"]} == names


async def test_names_that_are_only_like_the_words_are_said_to_be(client: Agent) -> None:
    assert (await client.ask("search", text="lanten"))["notes"] == [NEAREST]
    assert "notes" not in await client.ask("search", text="lantern")


async def test_what_answers_equally_well_comes_from_every_production_in_turn(client: Agent) -> None:
    answer = await client.ask("search", text="SH0030", kinds=["shot"], limit=4)
    assert [row[1].partition("/")[0] for row in answer["rows"]] == ["Robo Garden", "Salt Harbour"] * 2
    shots = [row for row in (await client.ask("list_shots", under="Salt Harbour"))["rows"] if "SH0030" in row[0]]
    garden = [row for row in (await client.ask("list_shots", under="Robo Garden"))["rows"] if "SH0030" in row[0]]
    assert answer["total"] >= len(shots) + len(garden)


async def test_a_default_production_without_it_does_not_hide_what_others_have(kitsu: Connection) -> None:
    async with connected(kitsu, KITSU_PROJECT="Robo Garden") as client:
        elsewhere = await client.ask("search", text="Lantern")
        there = await client.ask("search", text="Watering can")
    assert elsewhere["rows"] == [["asset", "Salt Harbour/Prop/Lantern", ""]]
    assert elsewhere["notes"] == ["not in Robo Garden, the default project: looked in every open project"]
    assert there["notes"] == ["looked in Robo Garden, the default project: name another as `under`"]


async def test_a_default_production_that_does_not_exist_hides_nothing(kitsu: Connection) -> None:
    async with connected(kitsu, KITSU_PROJECT="Nowhere") as client:
        anywhere = await client.ask("search", text="Lantern")
        named = await client.ask("search", text="Lantern", under="Salt Harbour")
    assert anywhere["rows"] == named["rows"] == [["asset", "Salt Harbour/Prop/Lantern", ""]]
    assert anywhere["notes"][0].startswith("looked in every open project. KITSU_PROJECT names no production")


async def test_a_name_as_it_is_typed_is_asked_for_and_no_board_is_read_for_it(kitsu: Connection) -> None:
    async with fault_proxy(kitsu.event_host) as proxy, connected(kitsu, host=proxy.url) as client:
        found = await client.ask("search", text="Lantern", kinds=["asset"])
        assert found["rows"] == [["asset", "Salt Harbour/Prop/Lantern", ""]]
        assert proxy.count(path_contains="data/entities?name=%25Lantern%25") == 1
        assert not proxy.count(path_contains="data/assets/with-tasks")
        assert not proxy.count(path_contains=f"projects/{_id_of(kitsu, 'Robo Garden')}")


async def test_kitsus_indexer_is_asked_for_a_misspelt_name_where_a_studio_runs_one_and_never_relied_on(
    kitsu: Connection,
) -> None:
    rows = do(kitsu, "GET", "data/entities?name=Lantern")
    async with fault_proxy(kitsu.event_host) as proxy:
        proxy.fault(rewrite(lambda config: config | {"indexer_configured": True}), path="/api/config", times=None)
        # As Zou 1.0.97 answers with an indexer, of which the sandbox has none: what else it says of each is not used.
        there = proxy.fault(answer(200, {"assets": rows, "shots": []}), path="/api/data/search", times=None)
        async with connected(kitsu, host=proxy.url) as client:
            found = await client.ask("search", text="lanten ")
            assert found["rows"] == [["asset", "Salt Harbour/Prop/Lantern", ""]]
            assert found["notes"] == [
                f"{NOT_INDEXED} episodes, sequences, edits, concepts: name them as `kinds`",
                NEAREST,
            ]
            (asked,) = [one.json for one in proxy.requests if one.method == "POST"]
            assert asked == {"query": "lanten", "limit": 100, "index_names": ["assets", "shots"]}
            assert not any(re.search(r"data/projects/[^/]+/shots", one.path) for one in proxy.requests)
            assert (await client.ask("search", text="SQ01O", kinds=["sequence"]))["rows"]
            assert proxy.count("POST") == 1
        async with connected(kitsu, host=proxy.url, KITSU_PROJECTS="Robo Garden") as client:
            assert not (await client.ask("search", text="lanten", kinds=["asset"]))["rows"]
        there.remove()
        async with connected(kitsu, host=proxy.url) as client:
            proxy.clear()
            for _ in range(2):
                found = await client.ask("search", text="lanten", kinds=["asset"])
                assert (found["rows"], found["notes"]) == ([["asset", "Salt Harbour/Prop/Lantern", ""]], [NEAREST])
            assert [(one.method, one.status) for one in proxy.requests if one.path == "/api/data/search"] == [
                ("POST", 500)
            ]


async def test_productions_are_asked_side_by_side(kitsu: Connection) -> None:
    released = asyncio.Event()
    async with fault_proxy(kitsu.event_host) as proxy, connected(kitsu, host=proxy.url) as client:
        proxy.fault(hold(released), path=re.compile(r"data/projects/[^/]+/shots$"), times=None)
        async with anyio.create_task_group() as group:
            group.start_soon(partial(client.ask, "search", text="Lanten", kinds=["asset"]))
            await proxy.until(lambda: proxy.count(path_contains="/shots") == 2, seconds=20)
            released.set()


async def test_a_role_that_is_not_shown_all_is_told_so_where_nothing_is_found(kitsu: Connection) -> None:
    async with connected(kitsu, role="vendor") as client:
        answer = await client.ask("search", text="Lantern")
    assert answer["rows"] == []
    assert ASSIGNED_ONLY in answer["notes"]
    assert "concepts are not all searched: your role may not see them" in answer["notes"]


async def test_people_and_productions_are_looked_for_without_a_place(client: Agent) -> None:
    said = await client.refusal("search", text="Aiko", under="Salt Harbour", kinds=["person"])
    assert said == "under: productions and people stand below no place. Leave it out."


async def test_pages_add_up_to_what_one_page_shows(client: Agent) -> None:
    for text in ("SH0010", "lanten", "robo"):
        whole = await client.ask("search", text=text, limit=100)
        page = await client.ask("search", text=text, limit=2)
        rows = list(page["rows"])
        while "next" in page:
            page = await client.ask("search", text=text, limit=2, next=page["next"])
            assert page["total"] == whole["total"]
            rows += page["rows"]
        assert rows == whole["rows"]
        assert len(rows) == whole["total"]


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
    "text", ["🎬", "\u202eطرق", "\x00\x07", "%%", "~", "//", "：", "a" * 200, "'; drop table entity"]
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
        ({"text": "a", "under": "Nowhere"}, "No production 'Nowhere'"),
    ],
)
async def test_bad_arguments_are_named(client: Agent, arguments: dict[str, Any], complaint: str) -> None:
    assert (await client.refusal("search", **arguments)).startswith(complaint)
