"""What events.md says beyond its generated table: who hears what, in which order, and what the log answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gazu.client
import gazu.events
import psycopg
import pytest

from references.events.caller import Caller, signed_in
from references.events.sockets import seat, settle
from support.api import ask

if TYPE_CHECKING:
    from collections.abc import Callable

    from kitsu_sandbox.lifecycle import Connection

LOG = "data/events/last"
NOWHERE = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def bot(pristine: Connection) -> Caller:
    return Caller(pristine.host, pristine.token("admin"))


def heard(reach: Connection, act: Callable[[], object]) -> list[str]:
    """The names of the events that an act makes, heard by a bot of the lowest role."""
    with seat(reach, reach.token("vendor")) as listener:
        act()
        settle(reach, listener)
        return [name for name, _ in listener.take()]


def project(reach: Connection, name: str) -> str:
    found = ask(reach.host, "data/projects/open", reach.token("admin")).body
    return next(one["id"] for one in found if one["name"] == name)


def a_task(bot: Caller, in_project: str) -> dict[str, Any]:
    """A task with a comment, and nobody told of what happens to it."""
    tasks = bot.get(f"data/projects/{in_project}/tasks")
    return next(one for one in tasks if bot.get(f"data/tasks/{one['id']}/comments") and not one["assignees"])


def test_everybody_hears_of_projects_they_may_not_read(pristine: Connection, bot: Caller) -> None:
    secret = project(pristine, "Secret Pilot")
    assert ask(pristine.host, f"data/projects/{secret}", pristine.token("vendor")).status == 403
    with seat(pristine, pristine.token("vendor")) as vendor:
        bot.put(f"data/projects/{secret}", {"description": "x"})
        settle(pristine, vendor)
        assert vendor.take() == [("project:update", {"project_id": secret})]


def test_a_comment_is_told_in_this_order(pristine: Connection, bot: Caller) -> None:
    task = a_task(bot, project(pristine, "Salt Harbour"))
    statuses = {one["short_name"]: one["id"] for one in bot.get("data/task-status")}
    path = f"actions/tasks/{task['id']}/comment"

    def says(status: str) -> list[str]:
        body = {"task_status_id": statuses[status], "comment": "x"}
        names = heard(pristine, lambda: bot.post(path, body))
        return [name for name in names if name != "notification:new"]

    first, second = ("retake", "wip") if task["task_status_id"] == statuses["wip"] else ("wip", "retake")
    assert says(first) == ["comment:new", "task:update", "task:status-changed", "news:new"]
    assert says(first) == ["comment:new", "task:update", "news:new"]
    reviewed = ["comment:new", "task:update", "task:status-changed", "task:to-review", "news:new"]
    assert says("wfa") == reviewed
    assert says(second) == ["comment:new", "task:update", "task:status-changed", "news:new"]


def test_an_update_that_changes_nothing_is_told_too(pristine: Connection, bot: Caller) -> None:
    task = a_task(bot, project(pristine, "Salt Harbour"))
    same = {"estimation": task["estimation"]}
    assert heard(pristine, lambda: bot.put(f"data/tasks/{task['id']}", same)) == ["task:update"]


def test_deleting_a_person_is_told_twice(pristine: Connection, bot: Caller) -> None:
    body = {"first_name": "X", "last_name": "Y", "email": "x@example.com", "role": "user"}
    new = bot.post("data/persons", body)["id"]
    assert heard(pristine, lambda: bot.delete(f"data/persons/{new}?force=true")) == ["person:delete"] * 2


def test_a_guest_of_a_shared_playlist_is_told_as_a_person(pristine: Connection, bot: Caller) -> None:
    person, _ = signed_in(pristine)
    playlist = bot.get(f"data/projects/{project(pristine, 'Salt Harbour')}/playlists")[0]["id"]
    link = person.post(f"data/playlists/{playlist}/share", {"can_comment": True})["token"]
    enter = f"shared/playlists/{link}/guest"
    assert heard(pristine, lambda: bot.post(enter, {"first_name": "Guest"})) == ["person:new"]


def test_a_preview_taken_off_its_comment_is_not_told_as_deleted(pristine: Connection, bot: Caller) -> None:
    task = a_task(bot, project(pristine, "Salt Harbour"))
    body = {"task_status_id": task["task_status_id"], "comment": "x"}
    on_task = f"actions/tasks/{task['id']}"
    comment = f"{on_task}/comments/{bot.post(f'{on_task}/comment', body)['id']}"
    preview = bot.post(f"{comment}/add-preview")["id"]
    told = heard(pristine, lambda: bot.delete(f"{comment}/preview-files/{preview}?force=true"))
    assert "preview-file:delete" not in told
    again = bot.post(f"{comment}/add-preview")["id"]
    assert "preview-file:delete" in heard(pristine, lambda: bot.delete(f"data/preview-files/{again}?force=true"))


def test_what_has_tasks_is_canceled_and_told_as_an_update(pristine: Connection, bot: Caller) -> None:
    within = project(pristine, "Salt Harbour")
    shot = bot.get(f"data/projects/{within}/shots")[0]["id"]
    assert bot.get(f"data/shots/{shot}/tasks")
    told = heard(pristine, lambda: bot.delete(f"data/shots/{shot}"))
    assert (told, bot.get(f"data/shots/{shot}")["canceled"]) == (["shot:update"], True)


def test_a_read_that_writes_is_told(pristine: Connection, bot: Caller) -> None:
    within = f"data/projects/{bot.post('data/projects', {'name': 'New', 'production_type': 'short'})['id']}"
    task_type = next(one["id"] for one in bot.get("data/task-types") if one["name"] == "Animation")
    bot.post(f"{within}/settings/task-types", {"task_type_id": task_type})
    sequence = bot.post(f"{within}/sequences", {"name": "SQ01"})["id"]
    shot = bot.post(f"{within}/shots", {"name": "SH0010", "sequence_id": sequence})["id"]
    bot.post(f"{within.replace('data', 'actions')}/task-types/{task_type}/shots/create-tasks", [shot])
    assert heard(pristine, lambda: bot.get(f"{within}/schedule-items/task-types")) == ["schedule-item:new"]


def test_some_changes_are_told_to_nobody(pristine: Connection, bot: Caller) -> None:
    person, _ = signed_in(pristine)
    within = project(pristine, "Salt Harbour")
    task = a_task(bot, within)
    comment = bot.get(f"data/tasks/{task['id']}/comments")[0]["id"]
    preview = bot.get(f"data/projects/{within}/preview-files")[0]["id"]
    playlist = bot.get(f"data/projects/{within}/playlists")[0]["id"]

    def silently() -> None:
        on_comment = f"tasks/{task['id']}/comments/{comment}"
        (file,) = bot.upload(f"actions/{on_comment}/add-attachment", "note.txt", b"x")
        bot.delete(f"data/{on_comment}/attachments/{file['id']}")
        person.post(f"actions/user/tasks/{task['id']}/subscribe")
        person.delete(f"actions/user/tasks/{task['id']}/unsubscribe")
        bot.post("actions/task-types/reorder", {"task_type_ids": [task["task_type_id"]]})
        bot.put(f"actions/preview-files/{preview}/update-position", {"position": 2})
        person.post(f"data/playlists/{playlist}/share", {"can_comment": True})
        person.post("data/user/filters", {"list_type": "asset", "name": "x", "query": "y", "project_id": within})

    assert heard(pristine, silently) == []


def test_what_happens_while_one_is_away_is_only_in_the_log(pristine: Connection, bot: Caller) -> None:
    task = a_task(bot, project(pristine, "Salt Harbour"))
    with seat(pristine, pristine.token("manager")) as listener:
        settle(pristine, listener)
    bot.put(f"data/tasks/{task['id']}", {"estimation": 60})
    with seat(pristine, pristine.token("manager")) as listener:
        settle(pristine, listener)
        assert listener.take() == []
    newest = ask(pristine.host, f"{LOG}?limit=1", pristine.token("manager")).body[0]
    assert (newest["name"], newest["data"]) == (
        "task:update",
        {"task_id": task["id"], "project_id": task["project_id"]},
    )
    assert set(newest) == {"id", "created_at", "name", "user_id", "project_id", "data"}


def test_gazu_listens_where_its_client_asks(kitsu: Connection) -> None:
    client: Any = gazu.client.create_client(kitsu.host)  # pyright: ignore[reportUnknownMemberType]  half typed
    assert gazu.client.get_event_host(client) == kitsu.host
    gazu.events.init(client).disconnect()


@pytest.mark.parametrize(
    ("path", "may"),
    [
        (LOG, {"admin", "manager"}),
        ("data/events/names", {"admin", "manager"}),
        ("data/events/login-logs/last", {"admin"}),
        ("data/events", {"admin"}),
    ],
)
def test_who_may_read_the_logs(kitsu: Connection, path: str, may: set[str]) -> None:
    answers = {role: ask(kitsu.host, path, kitsu.token(role)).status for role in kitsu.token_files}
    assert answers == {role: 200 if role in may else 403 for role in kitsu.token_files}


def test_a_manager_reads_of_the_projects_of_their_teams_only(pristine: Connection, bot: Caller) -> None:
    secret = project(pristine, "Secret Pilot")
    within = project(pristine, "Salt Harbour")
    manager = pristine.token("manager")
    assert ask(pristine.host, f"{LOG}?project_id={secret}", manager).status == 403
    bot.put(f"data/projects/{within}", {"description": "x"})
    logged = f"{LOG}?name=project:update&limit=1"
    assert ask(pristine.host, logged, manager).body == []
    (entry,) = bot.get(logged)
    assert (entry["project_id"], entry["data"]) == (None, {"project_id": within})
    assert bot.get(f"{logged}&project_id={within}") == []


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("", 100),
        ("limit=2", 2),
        ("limit=5000", 1000),
        ("limit=0", 0),
        ("limit=-1", 500),
        ("limit=many", 400),
        ("page_size=2", 100),
        ("page=2", 100),
        ("name=comment:new&limit=2", 2),
        ("name=Comment:new", 0),
        ("name_prefixes=comment&name_prefixes=task&limit=2", 2),
        ("name_prefixes=comment,task", 400),
        ("name_prefixes=asset_instance", 400),
        ("name_suffixes=nothing-ends-so", 0),
        ("after=2999-01-01", 0),
        ("after=2999-01-01T00:00:00", 0),
        ("before=1999-01-01", 0),
        ("after=2026-01-01T00:00:00Z", 400),
        ("after=2026-01-01T00:00:00%2B02:00", 400),
        ("after=2026-01-01T00:00:00.5", 400),
        ("after=yesterday", 400),
        ("project_id=nonsense", 400),
        (f"project_id={NOWHERE}", 0),
        ("person_ids=nonsense", 400),
        (f"person_ids={NOWHERE}", 0),
        ("cursor_event_id=nonsense", 400),
        (f"cursor_event_id={NOWHERE}", 400),
        ("only_files=True", 100),
        ("only_files=true&name=comment:new", 0),
    ],
)
def test_the_log_takes_these_filters(kitsu: Connection, query: str, answer: int) -> None:
    got = ask(kitsu.host, f"{LOG}?{query}", kitsu.token("admin"))
    assert (len(got.body) if got.status == 200 else got.status) == answer


def test_the_log_goes_back_from_the_newest_and_a_cursor_loses_what_is_stamped_alike(kitsu: Connection) -> None:
    admin = kitsu.token("admin")
    newest = ask(kitsu.host, f"{LOG}?limit=20", admin).body
    stamps = [one["created_at"] for one in newest]
    assert stamps == sorted(stamps, reverse=True)
    assert all(len(stamp) == len("2026-01-05T13:23:10") for stamp in stamps)
    with psycopg.connect(kitsu.database) as database:
        alike = "select array_agg(id::text) from api_event group by created_at having count(*) > 1 limit 1"
        row = database.execute(alike).fetchone()
    assert row is not None
    one, other, *_ = row[0]
    older = ask(kitsu.host, f"{LOG}?limit=1000&cursor_event_id={one}", admin).body
    assert other not in {entry["id"] for entry in older}


@pytest.mark.parametrize(
    ("query", "answer"),
    [("limit=1", 1), ("after=2999-01-01", 0), (f"person_ids={NOWHERE}", 0), (f"cursor_login_log_id={NOWHERE}", 400)],
)
def test_the_log_of_sign_ins_takes_these_filters(pristine: Connection, query: str, answer: int) -> None:
    signed_in(pristine)
    got = ask(pristine.host, f"data/events/login-logs/last?{query}", pristine.token("admin"))
    assert (len(got.body) if got.status == 200 else got.status) == answer


def test_a_sign_in_is_logged_but_not_told(pristine: Connection) -> None:
    assert heard(pristine, lambda: signed_in(pristine)) == []
    (newest,) = ask(pristine.host, "data/events/login-logs/last?limit=1", pristine.token("admin")).body
    assert set(newest) == {"id", "created_at", "ip_address", "person_id", "origin"}
