"""What ids and page links lead to, against a real Kitsu, and what looking them up costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kitsu_tools.tracker.errors import BadInput, Unknown
from support.api import ask
from support.client import opened
from support.faults import fault_proxy

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from kitsu_sandbox.lifecycle import Connection
    from kitsu_tools.tracker.kitsu import Kitsu

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def tracker(kitsu: Connection) -> AsyncGenerator[Kitsu]:
    """A manager's Kitsu that earlier tests of the module have used already."""
    async with opened(kitsu, KITSU_PAGE_HOST="https://kitsu.example.com, http://10.0.0.5:8080/kitsu/") as tracker:
        yield tracker


@pytest.mark.parametrize(
    ("what", "by", "most"), [("task", "address", 7), ("task", "id", 9), ("task", "link", 9), ("shot", "id", 8)]
)
async def test_with_nothing_held_an_id_costs_two_requests_more_than_an_address(
    kitsu: Connection, tracker: Kitsu, what: str, by: str, most: int
) -> None:
    task = await tracker.find.task("Salt Harbour/SQ010/SH0020:Layout")
    thing = task.task.id if what == "task" else task.task.entity.id
    async with fault_proxy(kitsu.event_host) as proxy, opened(kitsu, host=proxy.url) as cold:
        page = f"{proxy.url}/productions/{task.reading.project.id}/shots/tasks/{thing}"
        text = {"address": task.address, "id": thing, "link": page}[by]
        found = await (cold.find.task(text) if what == "task" else cold.find.entity(text))
        assert found.address == (task.address if what == "task" else task.task.entity.address)
        assert len(proxy.requests) == most, [one.path for one in proxy.requests]
        assert not any("assets/with-tasks" in one.path for one in proxy.requests)


async def test_pasted_page_links_lead_to_what_they_show(tracker: Kitsu) -> None:
    shot = (await tracker.find.entity("Salt Harbour/SQ020/SH0050")).entity
    asset = (await tracker.find.entity("Robo Garden/Character/Bolt")).entity
    episode = (await tracker.find.entity("Robo Garden/E01")).entity
    task = shot.tasks[0]
    salt = (await tracker.directory.project("Salt Harbour")).id
    robo = (await tracker.directory.project("Robo Garden")).id
    page = "https://kitsu.example.com/productions"
    for link, expected in {
        f"{page}/{salt}/shots/{shot.id}": shot,
        f"{page}/{salt}/shots/{shot.id}?tab=casting#top": shot,
        f"{page}/{robo}/episodes/{episode.id}/assets/{asset.id}/": asset,
    }.items():
        assert (await tracker.find.entity(link)).entity.id == expected.id
    assert (await tracker.find.task(f"{page}/{salt}/shots/tasks/{task.id}")).task.id == task.id
    assert (await tracker.find.place(f"{page}/{salt}/shots")).address == "Salt Harbour"
    assert (await tracker.find.place(salt.upper())).address == "Salt Harbour"
    assert (await tracker.find.task(task.id.upper())).task.id == task.id


async def test_an_id_of_another_kind_of_thing_is_named_as_what_it_is(kitsu: Connection, tracker: Kitsu) -> None:
    manager = kitsu.token("manager")
    project = (await tracker.directory.project("Robo Garden")).id
    playlist = ask(kitsu.host, f"data/projects/{project}/playlists", manager).body[0]
    task = (await tracker.find.task("Robo Garden/Character/Bolt:Concept")).task.id
    preview = ask(kitsu.host, f"data/tasks/{task}/previews", manager).body[0]
    comment = ask(kitsu.host, f"data/tasks/{task}/comments", manager).body[0]
    person = next(iter((await tracker.directory.people.get()).values()))
    task_type = next(iter((await tracker.directory.task_types.get()).values()))
    asset_type = next(iter((await tracker.directory.asset_types.get()).items()))
    for thing, what in {
        person.id: f"the person {person.name}. list_tasks takes people as assignee.",
        task_type.id: f"the task type {task_type.name}. list_tasks takes its name as task_type.",
        asset_type[0]: f"the asset type {asset_type[1]}. Write project/{asset_type[1]}.",
        playlist["id"]: f"the playlist '{playlist['name']}'. get_review_room takes it, find_endpoint knows them.",
        preview["id"]: f"a preview, v{preview['revision']} of the task {task}. Give that id.",
        comment["id"]: f"a comment on the task {task}. Give that id.",
    }.items():
        with pytest.raises(Unknown) as refused:
            await tracker.find.entity(thing)
        assert str(refused.value) == f"'{thing}' is the id of {what}"


async def test_a_link_of_another_kitsu_is_refused_by_name_before_anything_is_asked(
    kitsu: Connection, tracker: Kitsu
) -> None:
    task = await tracker.find.task("Salt Harbour/SQ010/SH0020:Layout")
    page = f"/productions/{task.reading.project.id}/shots/tasks/{task.task.id}"
    for own in (
        f"https://kitsu.example.com:443{page}",
        f"10.0.0.5:8080/kitsu{page}",
        f"HTTP://KITSU.example.com.{page}",
    ):
        assert (await tracker.find.task(own)).address == task.address
    others = {
        f"https://other.example.com{page}": "other.example.com",
        f"other.example.com{page}": "other.example.com",
        f"https://kitsu.example.com@other.example.com:8443{page}?next=kitsu.example.com": "other.example.com:8443",
        f"https://kitsu.example.com:8443/#{page}": "kitsu.example.com:8443",
        f"http://10.0.0.5:8080/tracker{page}": "10.0.0.5:8080/tracker",
        f"http://10.0.0.5:8080{page}": "10.0.0.5:8080",
    }
    setting = {"KITSU_PAGE_HOST": "kitsu.example.com,http://10.0.0.5:8080/kitsu"}
    async with fault_proxy(kitsu.event_host) as proxy, opened(kitsu, host=proxy.url, **setting) as cold:
        own = f"{proxy.url.removeprefix('http://')}, kitsu.example.com, 10.0.0.5:8080/kitsu"
        for link, host in others.items():
            for ask_for in (cold.find.task, cold.find.place, cold.find.production, cold.find.thing):
                with pytest.raises(BadInput) as refused:
                    await ask_for(link)
                said = str(refused.value)
                assert said.startswith(f"This link is of {host}; this server is connected to {own}. Nothing was looked")
                assert "KITSU_PAGE_HOST" in said
        assert not proxy.requests


async def test_a_link_whose_production_is_not_that_of_what_it_shows_is_refused_with_the_address(
    tracker: Kitsu,
) -> None:
    shot = (await tracker.find.entity("Salt Harbour/SQ020/SH0050")).entity
    robo = (await tracker.directory.project("Robo Garden")).id
    page = f"https://kitsu.example.com/productions/{robo}/shots"
    for link in (f"{page}/{shot.id}", f"{page}/tasks/{shot.tasks[0].id}"):
        with pytest.raises(BadInput, match=r"^This link names another production than what it shows is in, Salt Harb"):
            await tracker.find.task(link)


async def test_a_page_of_many_things_costs_no_look_up_of_its_ids(kitsu: Connection, tracker: Kitsu) -> None:
    episode = (await tracker.find.entity("Robo Garden/E01")).entity
    project = (await tracker.directory.project("Robo Garden")).id
    async with fault_proxy(kitsu.event_host) as proxy, opened(kitsu, host=proxy.url) as cold:
        place = await cold.find.place(f"{proxy.url}/productions/{project}/episodes/{episode.id}/shots")
        assert place.address == "Robo Garden/E01"
        linked = len(proxy.requests)
    async with fault_proxy(kitsu.event_host) as proxy, opened(kitsu, host=proxy.url) as cold:
        await cold.find.place("Robo Garden/E01")
        assert len(proxy.requests) == linked


async def test_the_main_pack_has_an_address_that_is_its_own_whatever_stands_beside_it(pristine: Connection) -> None:
    async with opened(pristine, KITSU_PROJECT="Robo Garden") as tracker:
        for text in ("Robo Garden/Main Pack", "main pack", "Robo Garden/Main Pack~main"):
            place = await tracker.find.place(text)
            assert (place.address, place.is_main_pack) == ("Robo Garden/Main Pack", True)
        assert (await tracker.find.entity("Robo Garden/Main Pack/Bolt")).address == "Robo Garden/Character/Bolt"
        for text in ("Salt Harbour/Main Pack", "Robo Garden/Main Pack/Broken drone"):
            with pytest.raises(Unknown):
                await tracker.find.place(text)
        project = (await tracker.directory.project("")).id
        path, body = f"data/projects/{project}/episodes", {"name": "Main pack"}
        assert ask(pristine.host, path, pristine.token("admin"), method="POST", body=body).status == 201
    async with opened(pristine, KITSU_PAGE_HOST="kitsu.example.com") as tracker:
        link = f"https://kitsu.example.com/productions/{project}/episodes/main/assets"
        assert (await tracker.find.place(link)).address == "Robo Garden/Main Pack~main"
        assert (await tracker.find.place("Robo Garden/Main Pack~main")).is_main_pack
        assert (await tracker.find.entity("Robo Garden/Main Pack")).entity.kind == "episode"
