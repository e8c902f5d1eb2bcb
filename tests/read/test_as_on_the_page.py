"""What Kitsu's page shows and Zou's routes alone do not tell: shared assets, the production's order, odd parents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from support.api import ask
from support.client import connected
from support.faults import fault_proxy

if TYPE_CHECKING:
    from kitsu_sandbox.lifecycle import Connection

pytestmark = pytest.mark.anyio


class Studio:
    """Kitsu as its admin changes it."""

    def __init__(self, connection: Connection) -> None:
        self._host, self._token = connection.host, connection.token("admin")
        self.projects = {one["name"]: one["id"] for one in self.get("data/projects/open")}

    def get(self, path: str) -> Any:
        return ask(self._host, path, self._token).body

    def send(self, method: str, path: str, body: object) -> Any:
        answer = ask(self._host, path, self._token, method=method, body=body)
        assert answer.status in {200, 201}, answer
        return answer.body

    def named(self, kind: str, project: str, *names: str) -> dict[str, Any]:
        """One entity with its tasks, by its name and that of its sequence."""
        every = self.get(f"data/{kind}/with-tasks?project_id={self.projects[project]}")
        return next(one for one in every if {one["name"], one.get("sequence_name")} >= set(names))


@pytest.fixture
def studio(pristine: Connection) -> Studio:
    return Studio(pristine)


async def test_a_shared_asset_has_the_address_of_its_own_production_from_both_ends(
    pristine: Connection, studio: Studio
) -> None:
    maren = studio.named("assets", "Salt Harbour", "Maren")
    shot = studio.named("shots", "Robo Garden", "SQ01", "SH0010")
    own = studio.get(f"data/projects/{studio.projects['Robo Garden']}/entities/{shot['id']}/casting")
    cast = [{key: one[key] for key in ("asset_id", "nb_occurences", "label")} for one in own]
    cast.append({"asset_id": maren["id"], "nb_occurences": 2, "label": "animate"})
    studio.send("PUT", f"data/entities/{maren['id']}", {"is_shared": True})
    studio.send("PUT", f"data/projects/{studio.projects['Robo Garden']}/entities/{shot['id']}/casting", cast)
    where = f"Robo Garden/{shot['episode_name']}/SQ01"
    address = f"Salt Harbour/Character/Maren~{maren['id'][:8]}"
    async with connected(pristine) as agent:
        used = await agent.ask("get_casting", of="Salt Harbour/Character/Maren", direction="used_in")
        by_shot = await agent.ask("get_casting", of=f"{where}/SH0010")
        by_sequence = await agent.ask("get_casting", of=where)
        back = await agent.ask("get_casting", of=address, direction="used_in")
        await agent.ask("list_shots", under="Salt Harbour")  # the board is held now, and tells the same
        again = await agent.ask("get_casting", of="Salt Harbour/Character/Maren", direction="used_in")
        listed = await agent.ask("list_assets", under="Robo Garden")
        of_type = await agent.ask("list_assets", under="Robo Garden/Prop")
        whole = await agent.ask("get_project", project="Robo Garden")
    assert "under" not in used
    assert [f"{where}/SH0010", 2] in used["rows"]
    assert ["Salt Harbour/SQ020/SH0010", 5] in used["rows"]
    assert back["rows"] == again["rows"] == used["rows"]
    assert [address, 2, "animate"] in by_shot["rows"]
    assert len(by_shot["rows"]) == len(own) + 1
    assert all(row[0].startswith(("Robo Garden/", "Salt Harbour/")) for row in by_shot["rows"])
    assert [address, 2, "SH0010 ×2"] in by_sequence["rows"]
    assert (
        listed["notes"] == whole["notes"] == [f"not listed: 1 shared from other productions and used here: {address}"]
    )
    assert "notes" not in of_type


async def test_a_shared_asset_of_a_production_one_is_not_in_says_so(pristine: Connection, studio: Studio) -> None:
    harbour, garden = studio.projects["Salt Harbour"], studio.projects["Robo Garden"]
    maren, shot = (
        studio.named("assets", "Salt Harbour", "Maren"),
        studio.named("shots", "Robo Garden", "SQ01", "SH0010"),
    )
    studio.send("PUT", f"data/entities/{maren['id']}", {"is_shared": True})
    cast = [{"asset_id": maren["id"], "nb_occurences": 1, "label": ""}]
    studio.send("PUT", f"data/projects/{garden}/entities/{shot['id']}/casting", cast)
    bot = next(one for one in studio.get("data/persons") if one["is_bot"] and one["role"] == "supervisor")
    ask(pristine.host, f"data/projects/{harbour}/team/{bot['id']}", pristine.token("admin"), method="DELETE")
    async with connected(pristine, role="supervisor") as agent:
        answer = await agent.ask("get_casting", of=f"Robo Garden/{shot['episode_name']}/SQ01/SH0010")
        listed = await agent.ask("list_assets", under="Robo Garden")
    unseen = "Character/Maren (of a production that you do not see)"
    assert answer["rows"] == [[unseen, 1, ""]]
    shown = "Maren (of a production that you do not see)"
    assert listed["notes"] == [f"not listed: 1 shared from other productions and used here: {shown}"]


async def test_task_types_stand_in_the_productions_own_order(pristine: Connection, studio: Studio) -> None:
    project = studio.projects["Salt Harbour"]
    types = {one["id"]: one["name"] for one in studio.get("data/task-types")}
    linked = next(one for one in studio.get("data/projects/open") if one["id"] == project)["task_types"]
    wanted = ["Lighting", "Compositing", "Layout", "Storyboard", "Animation"]
    order = sorted(linked, key=lambda one: wanted.index(types[one]) if types[one] in wanted else 99)
    studio.send("POST", f"actions/projects/{project}/task-type-links/reorder", {"task_type_ids": order})
    async with connected(pristine) as agent:
        shots = await agent.ask("list_shots", under="Salt Harbour/SQ010")
        whole = await agent.ask("get_project", project="Salt Harbour")
        refusal = await agent.refusal("get_task", task="Salt Harbour/SQ010/SH0020")
        other = await agent.ask("list_shots", under="Robo Garden/E01/SQ01")
    assert shots["columns"][1:] == wanted
    assert [row[1] for row in whole["rows"] if row[0] == "Shot"] == wanted
    assert "these tasks: Lighting, Compositing, Layout, Storyboard, Animation." in refusal
    assert other["columns"][1:3] == ["Storyboard", "Layout"]


async def test_what_stands_below_something_out_of_work_is_counted_and_said(
    pristine: Connection, studio: Studio
) -> None:
    episode = studio.named("episodes", "Robo Garden", "E02")
    sequence = studio.named("sequences", "Salt Harbour", "SQ020")
    async with connected(pristine) as agent:
        before = [await agent.ask("list_shots", under=under) for under in ("Robo Garden", "Salt Harbour")]
        studio.send("PUT", f"data/entities/{episode['id']}", {"status": "canceled"})
        studio.send("PUT", f"data/entities/{sequence['id']}", {"canceled": True})
        garden, harbour = [await agent.ask("list_shots", under=under) for under in ("Robo Garden", "Salt Harbour")]
        whole = await agent.ask("get_project", project="Robo Garden")
        tasks = await agent.ask("list_tasks", under="Salt Harbour/SQ020")
        elsewhere = await agent.ask("list_shots", under="Robo Garden/E01")
        found = await agent.ask("search", text="E02", under="Robo Garden", kinds=["episode"])
    said = "counted, as on Kitsu's page: what stands in "
    assert [garden["total"], harbour["total"]] == [one["total"] for one in before]
    assert f"{said}E02 (canceled)" in garden["notes"]
    assert f"{said}SQ020 (omitted)" in harbour["notes"]
    assert f"{said}E02 (canceled)" in whole["notes"]
    assert f"{said}SQ020 (omitted)" in tasks["notes"]
    assert not any(note.startswith(said) for note in elsewhere.get("notes", []))
    assert found["rows"] == [["episode", "Robo Garden/E02", "canceled"]]


@pytest.mark.parametrize("counted_above", [300, 0])
async def test_shots_without_a_sequence_are_listed_too(
    pristine: Connection, studio: Studio, monkeypatch: pytest.MonkeyPatch, counted_above: int
) -> None:
    monkeypatch.setattr("kitsu_tools.tracker.board_reads.FEW_SHOTS", counted_above)
    project = studio.projects["Salt Harbour"]
    body = {"name": "LOOSE", "data": {"frame_in": 1001, "frame_out": 1010}}
    loose = studio.send("POST", f"data/projects/{project}/shots", body)
    layout = next(one for one in studio.get("data/task-types") if one["name"] == "Layout")
    studio.send("POST", f"actions/projects/{project}/task-types/{layout['id']}/shots/create-tasks", [loose["id"]])
    address = f"Salt Harbour/LOOSE~{loose['id'][:8]}"
    async with (
        fault_proxy(pristine.event_host) as proxy,
        connected(pristine, host=f"{proxy.url}/api", KITSU_PAGE_HOST=pristine.host) as agent,
    ):
        shots = await agent.ask("list_shots", under="Salt Harbour", where=["name=LOOSE"])
        task = await agent.ask("get_task", task=f"{address}:Layout")
        by_id = await agent.ask("list_tasks", under=loose["id"])
        found = await agent.ask("search", text="LOOSE")
        counted = (await agent.ask("get_project", project="Salt Harbour"))["entities"]["shots"]
    assert shots["rows"][0][0] == address.partition("/")[2]
    assert shots["rows"][0][shots["columns"].index("Layout")] == "todo"
    assert task["task"] == f"{address}:Layout"
    assert by_id["rows"][0][0] == ":Layout"
    assert found["rows"] == [["shot", address, ""]]
    assert counted == 12
    counts = proxy.count("GET", "page=1&limit=1")  # each costs an identity of 200 teams 240 ms on Zou 1.0.97
    assert (counts == 0) == (counted_above > counted)


async def test_an_asset_type_named_like_a_sequence_is_listed_all_the_same(pristine: Connection, studio: Studio) -> None:
    project = studio.projects["Salt Harbour"]
    async with connected(pristine) as agent:
        before = await agent.ask("list_assets", under="Salt Harbour/Prop")
    sequence = studio.send("POST", f"data/projects/{project}/sequences", {"name": "prop"})
    studio.send("POST", f"data/projects/{project}/shots", {"name": "SH0010", "sequence_id": sequence["id"]})
    prop = next(one for one in studio.get("data/asset-types") if one["name"] == "Prop")
    address = f"Salt Harbour/Prop~{prop['id'][:8]}"
    async with connected(pristine) as agent:
        assets = await agent.ask("list_assets", under="Salt Harbour/Prop", show=["id"])
        again = await agent.ask("list_assets", under=address, show=["id"])
        shots = await agent.ask("list_shots", under="Salt Harbour/Prop")
        tasks = await agent.ask("list_tasks", under=address)
        asset = await agent.ask("list_tasks", under=f"{assets['under']}/{assets['rows'][0][0]}")
        page = f"{pristine.host.removesuffix('/api')}/productions/{project}/assets/asset-types/{prop['id']}"
        by_link = await agent.ask("search", text=page)
    assert again == assets
    assert assets["under"] == "Salt Harbour"
    assert assets["total"] == before["total"] > 0
    assert [row[0] for row in shots["rows"]] == ["SH0010"]
    assert shots["under"] == "Salt Harbour/prop"
    assert tasks["total"] > 0
    assert all(row[0].startswith("Prop/") for row in tasks["rows"])
    assert asset["total"] > 0
    assert by_link["rows"] == [["asset type", address, ""]]


async def test_asset_types_named_like_other_groups_are_listed_and_their_assets_found(
    pristine: Connection, studio: Studio
) -> None:
    project = studio.projects["Salt Harbour"]
    types = [studio.send("POST", "data/entity-types", {"name": name}) for name in ("Props", "Edits", "Concepts")]
    for one in types:
        for name in ("Main edit", "main edit"):
            path = f"data/projects/{project}/asset-types/{one['id']}/assets/new"
            studio.send("POST", path, {"name": name, "description": ""})
    async with connected(pristine) as agent:
        edits = await agent.ask("list_tasks", under="Salt Harbour/Edits")
        edit = await agent.ask("search", text="Salt Harbour/Edits/Main edit")
        for one in types:
            mark = "" if one["name"] == "Props" else f"~{one['id'][:8]}"
            listed = await agent.ask("list_assets", under=f"Salt Harbour/{one['name']}", show=["id"])
            again = await agent.ask("list_assets", under=f"Salt Harbour/{one['name']}{mark}", show=["id"])
            assert again == listed
            assert listed["total"] == 2
            for name, asset_id in listed["rows"]:
                address = f"{listed['under']}/{name}"
                assert (await agent.ask("search", text=asset_id))["rows"] == [["asset", address, ""]]
                assert (await agent.ask("search", text=address))["rows"] == [["asset", address, ""]]
                assert (await agent.ask("list_tasks", under=address))["under"] == address
    assert edits["under"] == "Salt Harbour/Edits"
    assert edit["rows"] == [["edit", "Salt Harbour/Edits/Main edit", ""]]
