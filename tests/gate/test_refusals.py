"""What the gate refuses before anybody is asked is what Zou itself refuses: each case is tried on both."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from references.studio import Studio
from support.api import ask
from support.client import connected
from support.held import held_to_plan
from support.person import Person

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection

pytestmark = pytest.mark.anyio

PROJECT = "Robo Garden"
SHOT = f"{PROJECT}/E01/SQ02/SH0030"


class Scene:
    """A shot whose tasks are nobody's, two of them in progress, and what the cases prepare on it for a bot."""

    def __init__(self, connection: Connection, role: str) -> None:
        self.studio = Studio(connection)
        self.database = connection.database
        self.me: str = ask(connection.host, "auth/authenticated", connection.token(role)).body["user"]["id"]
        self.project = self.studio.projects[PROJECT]
        shot = self.studio.shots(self.project, "E01")["SQ02", "SH0030"]
        self.shot: str = shot["id"]
        self.tasks: dict[str, str] = shot["tasks"]
        self.studio.put("actions/tasks/clear-assignation", {"task_ids": list(self.tasks.values())})
        for task_type in ("Animation", "Compositing"):
            self.studio.say(self.tasks[task_type], self.studio.statuses["wip"])

    def of_department(self, name: str) -> None:
        """Put the bot into a department, which binds a supervisor to it."""
        self.studio.put(f"data/persons/{self.me}", {"departments": [self.studio.departments[name]]})

    def assigned(self) -> None:
        self.studio.put(f"actions/tasks/{self.tasks['Animation']}/assign", {"person_id": self.me})

    def created(self) -> None:
        """Make the shot the bot's own. No route sets it, and no bot of a low role may create a shot."""
        with psycopg.connect(self.database, autocommit=True) as database:
            database.execute("update entity set created_by = %s where id = %s", [self.me, self.shot])
        # Zou holds entities until one of its own routes changes them.
        self.studio.put(f"data/entities/{self.shot}", {"description": "Of the bot's own making."})

    def mentioned(self, text: str = "@{me} please") -> str:
        name = self.studio.get(f"data/persons/{self.me}")["full_name"]
        return self.says("wip", text.format(me=name))

    def mentioned_in_a_reply(self) -> None:
        comment = self.says("wip", "A question")
        task = self.tasks["Animation"]
        name = self.studio.get(f"data/persons/{self.me}")["full_name"]
        self.studio.post(f"data/tasks/{task}/comments/{comment}/reply", {"text": f"@{name} knows"})

    def says(self, status: str, text: str = "") -> str:
        body = {"task_status_id": self.studio.statuses[status], "comment": text}
        return self.studio.post(f"actions/tasks/{self.tasks['Animation']}/comment", body)["id"]

    def clients_may_set(self, status: str, *, may: bool) -> None:
        path = f"data/projects/{self.project}/settings/task-status/{self.studio.statuses[status]}"
        self.studio.put(path, {"is_client_allowed": may})

    def cap(self, production: int, entity: str | None = None) -> None:
        self.studio.put(f"data/projects/{self.project}", {"max_retakes": production})
        if entity is not None:
            self.studio.put(f"data/entities/{self.shot}", {"data": {"max_retakes": entity}})

    def retaken(self, *, back: bool = True) -> None:
        self.says("retake")
        if back:
            self.says("wip")


@dataclass(frozen=True)
class Case:
    """`allowed` is what Zou 1.0.97 does; the test holds Zou to it as well."""

    name: str
    role: str
    allowed: bool
    prepare: Callable[[Scene], Any] = field(default=lambda _: None)
    status: str = "wip"
    status_roles: str = ""


def both(*steps: Callable[[Scene], Any]) -> Callable[[Scene], None]:
    def prepare(scene: Scene) -> None:
        for step in steps:
            step(scene)

    return prepare


CASES = [
    Case("an artist on nobody's task", "user", allowed=False),
    Case("an artist on a task of its own", "user", True, Scene.assigned, "wfa"),
    Case("an artist on an entity it created", "user", True, Scene.created, "wfa"),
    Case("an artist where it is mentioned", "user", True, Scene.mentioned),
    Case("an artist where it is mentioned, with another status", "user", False, Scene.mentioned, "wfa"),
    Case("an artist that a reply mentions", "user", True, Scene.mentioned_in_a_reply),
    Case(
        "an artist whose department is mentioned",
        "user",
        True,
        both(lambda scene: scene.of_department("Animation"), lambda scene: scene.mentioned("@Animation please")),
    ),
    Case("an artist, a status not for artists", "user", False, Scene.assigned, "hold"),
    Case(
        "an artist on a task that has a status not for artists",
        "user",
        False,
        both(Scene.assigned, lambda scene: scene.says("hold")),
        "hold",
    ),
    Case("a vendor on a task of its own, a status not for artists", "vendor", True, Scene.assigned, "hold"),
    Case("a supervisor of no department", "supervisor", True, status="done"),
    Case("a supervisor of the department", "supervisor", True, lambda scene: scene.of_department("Animation"), "done"),
    Case("a supervisor of another one", "supervisor", False, lambda scene: scene.of_department("Compositing")),
    Case(
        "a supervisor of another one, mentioned",
        "supervisor",
        True,
        both(lambda scene: scene.of_department("Compositing"), Scene.mentioned),
    ),
    Case(
        "a supervisor of another one, assigned",
        "supervisor",
        True,
        both(lambda scene: scene.of_department("Compositing"), Scene.assigned),
        "done",
    ),
    Case("a client", "client", True, status="done"),
    Case("a client, a status not for clients", "client", False, status="hold"),
    Case(
        "a client, where the production allows that status",
        "client",
        True,
        lambda scene: scene.clients_may_set("hold", may=True),
        "hold",
    ),
    Case(
        "a client, where the production forbids a status",
        "client",
        False,
        lambda scene: scene.clients_may_set("done", may=False),
        "done",
    ),
    Case("a retake below the cap", "manager", True, lambda scene: scene.cap(1), "retake"),
    Case("a retake at the cap", "manager", False, both(lambda scene: scene.cap(1), Scene.retaken), "retake"),
    Case(
        "a retake of a shot without a cap",
        "manager",
        True,
        both(lambda scene: scene.cap(1, "0"), Scene.retaken),
        "retake",
    ),
    Case(
        "a retake below the shot's cap", "manager", True, both(lambda scene: scene.cap(1, "2"), Scene.retaken), "retake"
    ),
    Case(
        "a word on a task that stands in its last retake",
        "manager",
        False,
        both(lambda scene: scene.cap(1), lambda scene: scene.retaken(back=False)),
        "retake",
    ),
    Case(
        "a status that only the operator calls a retake",
        "manager",
        True,
        both(lambda scene: scene.cap(1), Scene.retaken),
        "rejected",
        "rejected=retake",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_the_gate_refuses_what_zou_refuses_and_nothing_else(pristine: Connection, case: Case) -> None:
    scene = Scene(pristine, case.role)
    scene.studio.put(f"data/projects/{scene.project}", {"is_bot_collaboration_enabled": True})
    case.prepare(scene)
    person = Person("decline")
    server = connected(pristine, role=case.role, on_question=person, KITSU_STATUS_ROLES=case.status_roles)
    async with server as agent:
        result = await agent.call("add_comment", task=f"{SHOT}:Animation", text="A word.", status=case.status)
    comment = {"task_status_id": scene.studio.statuses[case.status], "comment": "A word."}
    path = f"actions/tasks/{scene.tasks['Animation']}/comment"
    zou = ask(pristine.host, path, pristine.token(case.role), method="POST", body=comment)
    assert (zou.status == 201) is case.allowed, zou
    assert (not result.is_error, bool(person.asked)) == (case.allowed, case.allowed)


async def test_the_refusal_says_what_the_role_may_and_which_tasks_are_beyond_it(pristine: Connection) -> None:
    Scene(pristine, "supervisor").of_department("Compositing")
    async with connected(pristine, role="supervisor", on_question=Person()) as agent:
        refused = await agent.refusal(
            "change_status", tasks=[f"{SHOT}:Animation", f"{SHOT}:Compositing"], status="done", text="All done."
        )
    assert refused == (
        "The role 'supervisor' may comment only on tasks of its departments, tasks assigned to it and on entities it "
        "created, or answer where it is mentioned if the status stays; these are neither: "
        f"{SHOT}:Animation. Nothing was written."
    )


async def test_what_the_batch_route_would_leave_out_is_posted_by_itself(pristine: Connection, journal: Path) -> None:
    """`comment-many` knows neither creators nor mentions: it drops such comments with a 201."""
    scene = Scene(pristine, "supervisor")
    scene.of_department("Compositing")
    scene.created()
    tasks = [f"{SHOT}:Animation", f"{SHOT}:Compositing"]
    with held_to_plan(pristine, journal):
        async with connected(pristine, role="supervisor", on_question=Person(), journal=journal) as agent:
            receipt = await agent.ask("change_status", tasks=tasks, status="done")
    assert receipt["outcome"] == "2 applied"
