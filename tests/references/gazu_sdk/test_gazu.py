"""What references/gazu.md says of gazu beside its list: the cache, and the functions that mislead."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import pytest

from references.gazu_sdk.modules import gazu
from references.generated import REFERENCES

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    import requests
    from gazu.client import KitsuClient

    from kitsu_sandbox.lifecycle import Connection


@pytest.fixture
def client(kitsu: Connection) -> Generator[KitsuClient]:
    client = gazu.client.create_client(kitsu.host, access_token=kitsu.token("admin"))
    with contextlib.closing(client.session):
        yield client


@pytest.fixture
def writer(pristine: Connection) -> Generator[KitsuClient]:
    client = gazu.client.create_client(pristine.host, access_token=pristine.token("admin"))
    with contextlib.closing(client.session):
        yield client


@pytest.fixture
def project(kitsu: Connection) -> dict[str, Any]:
    client = gazu.client.create_client(kitsu.host, access_token=kitsu.token("admin"))
    with contextlib.closing(client.session):
        return gazu.project.get_project_by_name("Robo Garden", client=client)


@contextlib.contextmanager
def cached() -> Generator[None]:
    gazu.cache.enable()
    try:
        yield
    finally:
        gazu.cache.disable()
        gazu.cache.clear_all()


def counted(client: KitsuClient) -> list[str]:
    """The methods that a client sends from now on."""
    sent: list[str] = []

    def note(answer: requests.Response, **_: object) -> None:
        sent.append(answer.request.method or "")

    client.session.hooks["response"] = [note]
    return sent


def test_a_client_is_kept_from_nothing_by_default() -> None:
    assert gazu.client.default_client.host == "http://gazu.change.serverhost/api"
    assert gazu.client.create_client("http://kitsu/api").use_refresh_token is False
    assert gazu.client.KitsuClient("http://kitsu/api").use_refresh_token is True
    assert gazu.client.create_client("http://kitsu/api").event_host == "http://kitsu/api"


def test_leaving_a_client_does_not_end_a_bots_token(kitsu: Connection) -> None:
    with gazu.client.create_client(kitsu.host, access_token=kitsu.token("user")) as client:
        assert gazu.client.get_current_user(client=client)["is_bot"]
    assert client.access_token is None
    again = gazu.client.create_client(kitsu.host, access_token=kitsu.token("user"))
    with contextlib.closing(again.session):
        assert gazu.client.get_current_user(client=again)["is_bot"]


def test_an_id_that_is_none_is_met_here_or_by_zou(client: KitsuClient) -> None:
    with pytest.raises(ValueError, match="Wrong format"):
        gazu.shot.all_shots_for_project("Robo Garden", client=client)
    with pytest.raises(gazu.exception.ServerErrorException):
        gazu.asset.get_asset("Bolt", client=client)


def test_making_what_exists_gives_what_exists(writer: KitsuClient, project: dict[str, Any]) -> None:
    asset = gazu.asset.all_assets_for_project(project, client=writer)[0]
    again = gazu.asset.new_asset(project, asset["entity_type_id"], asset["name"], "Other words", client=writer)
    assert (again["id"], again["description"]) == (asset["id"], asset["description"])
    episode = gazu.shot.all_episodes_for_project(project, client=writer)[0]
    sequence = gazu.shot.all_sequences_for_episode(episode, client=writer)[0]
    shot = gazu.shot.all_shots_for_sequence(sequence, client=writer)[0]
    assert gazu.shot.new_episode(project, episode["name"], client=writer)["id"] == episode["id"]
    assert gazu.shot.new_sequence(project, sequence["name"], episode, client=writer)["id"] == sequence["id"]
    made = gazu.shot.new_shot(project, sequence, shot["name"], nb_frames=shot["nb_frames"] or 7, client=writer)
    assert (made["id"], made["nb_frames"]) == (shot["id"], shot["nb_frames"])
    for module, name in [(gazu.concept, "concept"), (gazu.edit, "edit")]:
        make = getattr(module, f"new_{name}")
        assert make(project, "Twin", client=writer)["id"] == make(project, "Twin", client=writer)["id"]
    kind = gazu.asset.get_asset_type(asset["entity_type_id"], client=writer)
    assert gazu.asset.new_asset_type(kind["name"], client=writer)["id"] == kind["id"]
    department = gazu.person.all_departments(client=writer)[0]
    assert gazu.person.new_department(department["name"], client=writer)["id"] == department["id"]
    scene = gazu.scene.new_scene(project, sequence, "Twin", client=writer)
    assert gazu.scene.new_scene(project, sequence, "Twin", client=writer)["id"] == scene["id"]


def test_a_whole_asset_cannot_be_sent_back_but_a_row_of_a_list_can(
    writer: KitsuClient, project: dict[str, Any]
) -> None:
    row = gazu.asset.all_assets_for_project(project, client=writer)[0]
    with pytest.raises(gazu.exception.ParameterException):
        gazu.asset.update_asset(gazu.asset.get_asset(row["id"], client=writer), client=writer)
    assert gazu.asset.update_asset(row, client=writer)["id"] == row["id"]


def test_metadata_is_merged_into_an_entity_or_a_task_and_replaces_a_projects(
    writer: KitsuClient, project: dict[str, Any]
) -> None:
    asset = next(one for one in gazu.asset.all_assets_for_project(project, client=writer) if one["data"])
    first = next(iter(asset["data"]))
    merged = gazu.asset.update_asset({"id": asset["id"], "data": {"sample": 1, first: None}}, client=writer)
    assert merged["data"] == asset["data"] | {"sample": 1, first: None}
    task = gazu.task.all_tasks_for_project(project, client=writer)[0]
    for key in ("a", "b"):
        task = gazu.task.update_task({"id": task["id"], "data": {key: 1}}, client=writer)
    assert task["data"] == {"a": 1, "b": 1}
    assert gazu.project.update_project({"id": project["id"], "data": {"a": 1}}, client=writer)["data"] == {"a": 1}


def test_names_compare_without_case_except_a_persons(client: KitsuClient) -> None:
    assert gazu.project.get_project_by_name("ROBO GARDEN", client=client) is not None
    assert gazu.task.get_task_type_by_name("ANIMATION", client=client) is not None
    assert gazu.person.get_person_by_full_name("Theo Marchand", client=client) is not None
    assert gazu.person.get_person_by_full_name("theo marchand", client=client) is None


def test_pages_are_where_the_page_says(client: KitsuClient, project: dict[str, Any]) -> None:
    links = gazu.casting.all_entity_links_for_project(project, client=client)
    assert isinstance(links, list)
    page = gazu.casting.all_entity_links_for_project(project, page=1, limit=2, client=client)
    assert page.keys() == {"data", "total", "nb_pages", "limit", "offset", "page"}
    assert "shots" not in gazu.playlist.all_playlists_for_project(project, client=client)[0]


def test_the_cache_keeps_old_answers_and_swallows_a_write(writer: KitsuClient, project: dict[str, Any]) -> None:
    shot = gazu.shot.all_shots_for_project(project, client=writer)[0]
    asset = gazu.asset.all_assets_for_project(project, client=writer)[0]
    with cached():
        before = gazu.shot.get_shot(shot["id"], client=writer)
        gazu.shot.update_shot({"id": shot["id"], "nb_frames": 987}, client=writer)
        assert gazu.shot.get_shot(shot["id"], client=writer) == before
        gazu.casting.cast_asset(project, [shot], asset, client=writer)
        gazu.casting.uncast_asset(project, [shot], asset, client=writer)
        sent = counted(writer)
        gazu.casting.cast_asset(project, [shot], asset, client=writer)
        assert sent == []
        writer.session.hooks["response"] = []
    assert asset["id"] not in {one["asset_id"] for one in gazu.casting.get_shot_casting(shot, client=writer)}


def test_the_cache_cannot_hold_a_date(client: KitsuClient) -> None:
    with cached(), pytest.raises(TypeError, match="not JSON serializable"):
        gazu.task.get_time_spent("0" * 36, dt.date(2026, 1, 1), client=client)


def test_concepts_take_no_links_at_birth(writer: KitsuClient, project: dict[str, Any]) -> None:
    asset = gazu.asset.all_assets_for_project(project, client=writer)[0]
    with pytest.raises(gazu.exception.ParameterException, match="entity_concept_links"):
        gazu.concept.new_concept(project, "Linked", entity_concept_links=[asset], client=writer)
    concept = gazu.concept.new_concept(project, "Linked", client=writer)
    linked = gazu.client.put(f"data/entities/{concept['id']}", {"entity_concept_links": [asset["id"]]}, client=writer)
    assert linked["entity_concept_links"] == [asset["id"]]


def test_a_budget_keeps_name_and_currency_and_its_entries_lose_what_is_left_out(
    writer: KitsuClient, project: dict[str, Any]
) -> None:
    budget = gazu.project.create_budget(project, "B", "words", "EUR", "2026-01-01", "2026-02-01", 7, client=writer)
    assert budget.keys() & {"description", "amount", "start_date"} == set()
    department = gazu.person.all_departments(client=writer)[0]["id"]
    body = {"department_id": department, "start_date": "2026-01-01", "months_duration": 3, "daily_salary": 100}
    path = f"data/projects/{project['id']}/budgets/{budget['id']}/entries"
    entry = gazu.client.post(path, body | {"position": "artist", "seniority": "mid"}, client=writer)
    with pytest.raises(gazu.exception.ServerErrorException):
        gazu.project.update_budget_entry(project, budget, entry, {"months_duration": 4}, client=writer)


def test_a_playlist_read_before_its_movie_was_built_cannot_be_saved(
    writer: KitsuClient, project: dict[str, Any]
) -> None:
    playlist = gazu.playlist.all_playlists_for_project(project, client=writer)[0]
    old = gazu.playlist.get_playlist(playlist, client=writer)
    gazu.playlist.build_playlist_movie(playlist, client=writer)
    with pytest.raises(gazu.exception.ParameterException, match="required field"):
        gazu.playlist.update_playlist(old, client=writer)
    assert gazu.playlist.update_playlist(gazu.playlist.get_playlist(playlist, client=writer), client=writer)


def test_a_comment_that_misses_a_field_is_left_out_of_many_without_a_word(
    writer: KitsuClient, project: dict[str, Any]
) -> None:
    task = gazu.task.all_tasks_for_project(project, client=writer)[0]
    status = gazu.task.get_task_status_by_short_name("wip", client=writer)["id"]
    body = [{"task_id": task["id"], "task_status_id": status, "text": "Lost"}]
    assert gazu.client.post(f"actions/projects/{project['id']}/tasks/comment-many", body, client=writer) == []


def test_a_project_is_removed_only_when_closed(writer: KitsuClient) -> None:
    project = gazu.project.new_project("Short lived", client=writer)
    with pytest.raises(gazu.exception.ParameterException, match="Only closed"):
        gazu.project.remove_project(project, client=writer)
    gazu.project.close_project(project, client=writer)
    assert gazu.project.remove_project(project, force=True, client=writer) == ""


def test_a_shot_with_tasks_is_cancelled_until_it_is_forced_away(writer: KitsuClient, project: dict[str, Any]) -> None:
    shot = next(
        one
        for one in gazu.shot.all_shots_for_project(project, client=writer)
        if gazu.task.all_tasks_for_shot(one, client=writer)
    )
    empty = gazu.shot.new_shot(project, shot["parent_id"], "Empty", client=writer)
    for _ in range(2):
        gazu.shot.remove_shot(shot, client=writer)
        assert gazu.shot.get_shot(shot["id"], client=writer)["canceled"] is True
    gazu.shot.remove_shot(shot, force=True, client=writer)
    gazu.shot.remove_shot(empty, client=writer)
    for gone in (shot, empty):
        with pytest.raises(gazu.exception.RouteNotFoundException):
            gazu.shot.get_shot(gone["id"], client=writer)


def test_a_supervisor_may_change_only_an_entitys_metadata(pristine: Connection, project: dict[str, Any]) -> None:
    client = gazu.client.create_client(pristine.host, access_token=pristine.token("supervisor"))
    with contextlib.closing(client.session):
        shot = gazu.shot.all_shots_for_project(project, client=client)[0]
        for refused in ({"nb_frames": 7}, {"id": shot["id"], "data": {"fps": "24"}}):
            with pytest.raises(gazu.exception.NotAllowedException):
                gazu.client.put(f"data/entities/{shot['id']}", refused, client=client)
        with pytest.raises(gazu.exception.NotAllowedException):
            gazu.shot.update_shot_data(shot, {"fps": "24"}, client=client)
        changed = gazu.client.put(f"data/entities/{shot['id']}", {"data": {"fps": "24"}}, client=client)
        assert changed["data"]["fps"] == "24"


def test_an_async_upload_raises_although_the_file_arrived(
    writer: KitsuClient, project: dict[str, Any], tmp_path: Path
) -> None:
    task = gazu.task.all_tasks_for_project(project, client=writer)[0]
    status = gazu.task.get_task_status_by_short_name("wip", client=writer)
    comment = gazu.task.add_comment(task, status, "Sample", client=writer)
    (tmp_path / "note.txt").write_text("note", encoding="utf-8")

    async def upload() -> None:
        client = gazu.aio.AsyncKitsuClient(writer.host, access_token=writer.access_token)
        try:
            path = f"actions/tasks/{task['id']}/comments/{comment['id']}/add-attachment"
            await gazu.aio.upload(path, str(tmp_path / "note.txt"), client=client)
        finally:
            await client.session.close()

    with pytest.raises(TypeError, match="default"):
        asyncio.run(upload())
    assert [one["name"] for one in gazu.files.get_all_attachment_files_for_task(task, client=writer)] == ["note.txt"]


def test_the_page_is_of_the_gazu_that_is_locked() -> None:
    assert (REFERENCES / "gazu.md").read_text(encoding="utf-8").startswith(f"# gazu {version('gazu')}: ")
