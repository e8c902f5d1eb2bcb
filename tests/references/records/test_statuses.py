"""What references/statuses.md says of statuses, held by the sandbox; the page's own blocks hold the rest."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from kitsu_tools.tracker.statuses import ROLES, status_of
from references.blocks import script
from references.generated import REFERENCES
from references.studio import Studio
from support.api import ask

if TYPE_CHECKING:
    from collections.abc import Callable

    from kitsu_sandbox.lifecycle import Connection
    from support.api import Answer

PAGE = (REFERENCES / "statuses.md").read_text(encoding="utf-8")
ADDED_BY_THE_SANDBOX = {"hold", "omit", "oldhold"}


class Kitsu(Studio):
    """A task of Salt Harbour that nobody began, and what an admin does with it."""

    def __init__(self, kitsu: Connection) -> None:
        super().__init__(kitsu)
        self.kitsu = kitsu
        self.project = self.projects["Salt Harbour"]
        shots = self.get(f"data/shots/with-tasks?project_id={self.project}")
        tasks = [task for shot in shots for task in shot["tasks"]]
        self.path = next(task["id"] for task in tasks if task["task_status_id"] == self.statuses["todo"])

    def comment(self, status: str, **more: object) -> Answer:
        body = {"task_status_id": self.statuses[status], **more}
        path = f"actions/tasks/{self.path}/comment"
        return ask(self.kitsu.host, path, self.kitsu.token("admin"), method="POST", body=body)

    def task(self) -> dict[str, Any]:
        return self.get(f"data/tasks/{self.path}")


@pytest.fixture
def studio(pristine: Connection) -> Kitsu:
    return Kitsu(pristine)


def table(heading: str) -> list[list[str]]:
    """The rows of the first table under a heading, without code marks."""
    part = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("|")][2:]
    return [[cell.strip().replace("`", "") for cell in line.strip("|").split("|")] for line in lines]


def test_the_record_has_the_fields_of_the_table(kitsu: Connection) -> None:
    told = {name.strip() for row in table("The record") for name in row[0].split(",")}
    statuses = Studio(kitsu).get("data/task-status")
    assert told == statuses[0].keys() - {"id", "created_at", "updated_at", "type", "shotgun_id"}


def test_a_fresh_zou_has_the_statuses_of_the_table(kitsu: Connection) -> None:
    found = {
        (
            one["short_name"],
            one["name"],
            ", ".join(flag for flag in one if flag.startswith("is_") and one[flag] and not flag.endswith("_allowed")),
            "yes" if one["for_concept"] else "",
            status_of(one, {}).role,
        )
        for one in Studio(kitsu).get("data/task-status")
        if one["short_name"] not in ADDED_BY_THE_SANDBOX
    }
    assert {tuple(row) for row in table("Statuses of a fresh Zou")} == found


def test_the_names_the_tools_know_are_those_of_the_table() -> None:
    record = {"id": "", "name": "?"}
    told = {row[0]: row[1] for row in table("Status roles")}
    assert tuple(told) == ROLES
    for role, names in told.items():
        if role != "other":
            for name in re.split(r", ", names):
                assert status_of(record | {"short_name": name}, {}).role == role, name


def test_the_pages_have_one_status_role_and_it_is_that_of_the_tools(kitsu: Connection) -> None:
    taken = re.compile(r"^FLAGS = .*?\n\n\n(?=\w+ = )", re.MULTILINE | re.DOTALL)
    found = [taken.search(script(REFERENCES / page)) for page in ("statuses.md", "recipes.md")]
    texts = [one and one[0].strip() for one in found]
    assert texts[0]
    assert texts[0] == texts[1]
    names: dict[str, Any] = {}
    exec(texts[0], names)
    status_role: Callable[[dict[str, Any]], str] = names["status_role"]
    real = Studio(kitsu).get("data/task-status")
    plain = next(one for one in real if one["short_name"] == "ready")
    told = {name for row in table("Status roles") for name in row[1].split(", ")}
    for one in [*real, *(plain | {"short_name": short, "name": "?"} for short in told)]:
        assert status_role(one) == status_of(one, {}).role, one["short_name"]


def test_a_put_changes_the_status_and_nothing_that_goes_with_it(studio: Kitsu) -> None:
    studio.put(f"data/tasks/{studio.path}", {"task_status_id": studio.statuses["done"]})
    task = studio.task()
    assert (task["task_status_id"], task["done_date"]) == (studio.statuses["done"], None)
    assert studio.get(f"data/tasks/{studio.path}/comments") == []
    assert studio.get("data/events/last?limit=1")[0]["name"] == "task:update"


def test_done_keeps_the_day_the_task_went_to_review_and_a_later_status_clears_both(studio: Kitsu) -> None:
    studio.comment("wfa")
    asked = studio.task()["end_date"]
    studio.comment("done")
    assert studio.task()["end_date"] == asked
    studio.comment("todo")
    assert (studio.task()["end_date"], studio.task()["done_date"]) == (None, None)


def test_a_plan_is_not_touched_by_a_status(studio: Kitsu) -> None:
    plan = ("start_date", "due_date", "estimation", "priority", "assignees")
    before = [studio.task()[field] for field in plan]
    for status in ("wip", "wfa", "done"):
        studio.comment(status)
    assert [studio.task()[field] for field in plan] == before


def test_a_replay_leaves_the_day_of_an_earlier_done(studio: Kitsu) -> None:
    for status in ("done", "wip"):
        studio.comment(status)
    assert studio.task()["done_date"] is None
    last = studio.comment("todo").body["id"]
    path = f"data/tasks/{studio.path}/comments/{last}"
    assert ask(studio.kitsu.host, path, studio.kitsu.token("admin"), method="DELETE").status == 204
    task = studio.task()
    assert task["task_status_id"] == studio.statuses["wip"]
    assert task["done_date"] is not None


def test_a_comment_dated_back_does_not_move_the_task(studio: Kitsu) -> None:
    studio.comment("wfa")
    studio.comment("done", created_at="2020-01-05T10:00:00")
    assert studio.task()["task_status_id"] == studio.statuses["wfa"]


def test_events_tell_of_a_change_and_of_a_review_that_is_asked_for(studio: Kitsu) -> None:
    def emitted(status: str) -> set[str]:
        before = {event["id"] for event in studio.get("data/events/last?limit=50")}
        studio.comment(status)
        return {event["name"] for event in studio.get("data/events/last?limit=50") if event["id"] not in before}

    assert {"comment:new", "task:update", "task:status-changed", "task:to-review", "news:new"} <= emitted("wfa")
    again = emitted("wfa")
    assert "comment:new" in again
    assert not again & {"task:status-changed", "task:to-review"}


@pytest.mark.parametrize("status", ["hold", "oldhold"])
def test_a_status_the_production_does_not_offer_is_set_all_the_same(studio: Kitsu, status: str) -> None:
    assert studio.statuses[status] not in studio.get(f"data/projects/{studio.project}")["task_statuses"]
    assert studio.comment(status).status == 201


def test_a_cap_on_retakes_binds_an_admin_and_the_entitys_goes_before(studio: Kitsu) -> None:
    studio.put(f"data/projects/{studio.project}", {"max_retakes": 1})
    for status in ("retake", "wip"):
        assert studio.comment(status).status == 201
    refused = studio.comment("retake")
    assert (refused.status, refused.body["message"]) == (400, "No more retakes allowed on this task")
    studio.put(f"data/entities/{studio.task()['entity_id']}", {"data": {"max_retakes": 2}})
    assert studio.comment("retake").status == 201


def test_a_task_created_plainly_has_no_status(studio: Kitsu) -> None:
    shot = studio.task()["entity_id"]
    plain = {"entity_id": shot, "task_type_id": studio.task_types["FX"], "project_id": studio.project, "name": "plain"}
    assert studio.post("data/tasks", plain)["task_status_id"] is None
    sequence = studio.get(f"data/shots/{shot}")["parent_id"]
    fresh = studio.post(f"data/projects/{studio.project}/shots", {"name": "SH9990", "sequence_id": sequence})["id"]
    path = f"actions/projects/{studio.project}/task-types/{studio.task_types['FX']}/create-tasks/shot"
    (made,) = studio.post(path, [fresh])
    assert made["task_status_id"] == studio.statuses["todo"]


def test_another_default_takes_the_flag_from_one_status_alone(studio: Kitsu) -> None:
    fresh = {"name": "Begin", "short_name": "begin", "color": "#111111", "is_default": True}
    studio.post("data/task-status", fresh)
    defaults = {one["short_name"] for one in studio.get("data/task-status") if one["is_default"]}
    assert "begin" in defaults
    assert len(defaults) == 2


@pytest.mark.parametrize("wrong", [{"short_name": "elevenchars"}, {"short_name": "wip"}, {}])
def test_a_short_name_is_required_unique_and_short(studio: Kitsu, wrong: dict[str, str]) -> None:
    body = {"name": "New", "color": "#111111"} | wrong
    answer = ask(studio.kitsu.host, "data/task-status", studio.kitsu.token("admin"), method="POST", body=body)
    assert answer.status == 400


def test_automations_are_for_managers_to_read_and_a_linked_one_stays(studio: Kitsu) -> None:
    path = f"data/projects/{studio.projects['Robo Garden']}/settings/status-automations"
    host, token = studio.kitsu.host, studio.kitsu.token
    linked = ask(host, path, token("manager")).body
    assert ask(host, path, token("supervisor")).status == 403
    answer = ask(host, f"data/status-automations/{linked[0]['id']}", token("admin"), method="DELETE")
    assert (answer.status, answer.body["message"]) == (400, "This automation is used in a project.")
    told = {name.strip() for row in table("Automations") for name in row[0].split(",")}
    assert told == linked[0].keys() - {"id", "created_at", "updated_at", "type"}
