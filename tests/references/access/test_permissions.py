"""What references/permissions.md says beside its table: settings that change it, and roles by production."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from references.access.callers import callers
from references.studio import Studio
from support.api import ask

if TYPE_CHECKING:
    from kitsu_sandbox.lifecycle import Connection
    from support.api import Answer


def sent(kitsu: Connection, role: str, method: str, path: str, body: object = None) -> Answer:
    return ask(kitsu.host, path, kitsu.token(role), method=method, body=body)


def bot(kitsu: Connection, role: str) -> str:
    return sent(kitsu, role, "GET", "auth/authenticated").body["user"]["id"]


def a_task(kitsu: Connection, project: str) -> dict[str, Any]:
    shots = sent(kitsu, "admin", "GET", f"data/shots/with-tasks?project_id={project}").body
    return next(shot for shot in shots if shot["tasks"])["tasks"][0]


def test_a_role_on_one_production_goes_before_the_bots_own(pristine: Connection) -> None:
    studio = Studio(pristine)
    robo, harbour = studio.projects["Robo Garden"], studio.projects["Salt Harbour"]
    path = f"data/projects/{robo}/team/{bot(pristine, 'user')}"
    assert sent(pristine, "manager", "PUT", path, {"role": "manager"}).status == 200
    for project, status in ((robo, 200), (harbour, 403)):
        assert sent(pristine, "user", "PUT", f"data/projects/{project}", {"ratio": "16:9"}).status == status
    assert sent(pristine, "manager", "PUT", path, {"role": "admin"}).status == 400
    demoted = f"data/projects/{robo}/team/{bot(pristine, 'manager')}"
    assert sent(pristine, "admin", "PUT", demoted, {"role": "user"}).status == 200
    assert sent(pristine, "manager", "PUT", f"data/projects/{robo}", {"ratio": "16:9"}).status == 403


def test_a_bot_is_assigned_only_where_bots_collaborate(pristine: Connection) -> None:
    studio = Studio(pristine)
    project = studio.projects["Salt Harbour"]
    assign = f"actions/tasks/{a_task(pristine, project)['id']}/assign"
    many = f"actions/persons/{bot(pristine, 'user')}/assign"
    person = {"person_id": bot(pristine, "user")}
    tasks = {"task_ids": [a_task(pristine, project)["id"]]}
    assert sent(pristine, "admin", "PUT", assign, person).status == 403
    assert (sent(pristine, "admin", "PUT", many, tasks).status, sent(pristine, "admin", "PUT", many, tasks).body) == (
        200,
        [],
    )
    studio.put(f"data/projects/{project}", {"is_bot_collaboration_enabled": True})
    assert sent(pristine, "admin", "PUT", assign, person).status == 200


def test_isolated_clients_do_not_see_each_others_comments(pristine: Connection) -> None:
    studio = Studio(pristine)
    project = studio.projects["Robo Garden"]
    task = a_task(pristine, project)
    clara = ask(
        pristine.host,
        "auth/login",
        method="POST",
        body={"email": "clara@example.com", "password": pristine.password},
    ).body["access_token"]
    said = {"task_status_id": task["task_status_id"], "comment": "From Clara"}
    assert ask(pristine.host, f"actions/tasks/{task['id']}/comment", clara, method="POST", body=said).status == 201
    comments = f"data/tasks/{task['id']}/comments"
    assert [one["text"] for one in sent(pristine, "client", "GET", comments).body] == ["From Clara"]
    studio.put(f"data/projects/{project}", {"is_clients_isolated": True})
    assert sent(pristine, "client", "GET", comments).body == []


def test_a_production_may_allow_clients_a_status_or_refuse_it(pristine: Connection) -> None:
    studio = Studio(pristine)
    project = studio.projects["Robo Garden"]
    task, hold = a_task(pristine, project)["id"], studio.statuses["hold"]
    comment = {"task_status_id": hold}
    assert sent(pristine, "client", "POST", f"actions/tasks/{task}/comment", comment).status == 403
    studio.put(f"data/projects/{project}/settings/task-status/{hold}", {"is_client_allowed": True})
    assert sent(pristine, "client", "POST", f"actions/tasks/{task}/comment", comment).status == 201


@pytest.mark.parametrize(("visible", "status"), [(True, 200), (False, 403)])
def test_clients_read_statistics_where_the_production_shows_them(
    pristine: Connection, visible: bool, status: int
) -> None:
    studio = Studio(pristine)
    project = studio.projects["Robo Garden"]
    studio.put(f"data/projects/{project}", {"is_client_stats_visible": visible})
    assert sent(pristine, "client", "GET", f"data/projects/{project}/episodes/stats").status == status


def test_a_download_that_is_not_allowed_is_served_all_the_same(pristine: Connection) -> None:
    studio = Studio(pristine)
    project = studio.projects["Robo Garden"]
    studio.put(f"data/projects/{project}", {"is_preview_download_allowed": False})
    previews = studio.get("data/preview-files?extension=mp4")
    for preview in previews:
        path = f"movies/originals/preview-files/{preview['id']}/download"
        assert sent(pristine, "client", "GET", path).status == 200
    assert previews


def test_whom_a_comment_mentions_may_answer_but_not_change_the_status(pristine: Connection) -> None:
    (user,) = callers(pristine, {"user-bot": pristine.token("user")})
    task, studio = user.tasks["other"], Studio(pristine)
    path = f"actions/tasks/{task}/comment"
    answer = {"task_status_id": user.names["wip"], "comment": "I will"}
    assert sent(pristine, "user", "POST", path, answer).status == 403
    studio.post(path, {"task_status_id": user.names["wip"], "comment": "@User Bot please"})
    assert sent(pristine, "user", "POST", path, answer).status == 201
    assert sent(pristine, "user", "POST", path, {"task_status_id": user.names["wfa"]}).status == 403


@pytest.mark.parametrize(
    ("board", "named"), [("shots", False), ("assets", False), ("sequences", True), ("edits", True)]
)
def test_boards_of_sequences_and_edits_forget_to_hide_assignees_from_a_client(
    kitsu: Connection, board: str, *, named: bool
) -> None:
    path = f"data/{board}/with-tasks?project_id={Studio(kitsu).projects['Robo Garden']}"
    tasks = [task for entity in sent(kitsu, "client", "GET", path).body for task in entity["tasks"]]
    assert any(task["assignees"] for task in tasks) is named
    assert not any(task["due_date"] or task["estimation"] or task["retake_count"] for task in tasks)
