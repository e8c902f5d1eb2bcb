"""What the tests of many pages look up and write as an admin: `Studio`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from support.api import ask

if TYPE_CHECKING:
    from kitsu_sandbox.lifecycle import Connection


class Studio:
    """What an admin looks up and writes beforehand; ids by name."""

    def __init__(self, kitsu: Connection) -> None:
        self._host, self._token = kitsu.host, kitsu.token("admin")
        self.projects = self._named("data/projects", "name")
        self.people = self._named("data/persons", "first_name")
        self.statuses = self._named("data/task-status", "short_name")
        self.departments = self._named("data/departments", "name")
        self.task_types = {one["name"]: one["id"] for one in self.get("data/task-types") if one["for_entity"] == "Shot"}

    def get(self, path: str) -> Any:
        return self._asked("GET", path, None)

    def post(self, path: str, body: object) -> Any:
        return self._asked("POST", path, body)

    def put(self, path: str, body: object) -> Any:
        return self._asked("PUT", path, body)

    def log_time(self, task: str, day: str, person: str) -> None:
        """An hour."""
        self.post(f"actions/tasks/{task}/time-spents/{day}/persons/{person}", {"duration": 60})

    def say(self, task: str, status: str) -> str:
        """A comment that sets this status; its id."""
        return self.post(f"actions/tasks/{task}/comment", {"task_status_id": status})["id"]

    def shots(self, project: str, episode: str) -> dict[tuple[str, str], Any]:
        """An episode's shots by sequence and name; their `tasks` as id by task type."""
        types = {found: name for name, found in self.task_types.items()}
        return {
            (shot["sequence_name"], shot["name"]): shot
            | {"tasks": {types[task["task_type_id"]]: task["id"] for task in shot["tasks"]}}
            for shot in self.get(f"data/shots/with-tasks?project_id={project}")
            if shot["episode_name"] == episode
        }

    def comment_of(self, person: str) -> str:
        """A comment that this person wrote."""
        return self.get(f"data/comments?person_id={person}")[0]["id"]

    def _named(self, path: str, key: str) -> dict[str, str]:
        return {one[key]: one["id"] for one in self.get(path)}

    def _asked(self, method: str, path: str, body: object) -> Any:
        answer = ask(self._host, path, self._token, method=method, body=body)
        assert answer.status < 300, (method, path, answer)
        return answer.body
