"""What a publication needs: the task it goes to, and what Kitsu then has of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from support.api import ask

if TYPE_CHECKING:
    from kitsu_sandbox.lifecycle import Connection

TASK = "Salt Harbour/SQ020/SH0010:Layout"


def task_id(connection: Connection) -> str:
    """The id of that task."""
    admin = connection.token("admin")
    shots = ask(connection.host, "data/shots/with-tasks", admin).body
    shot = next(
        one for one in shots
        if (one["project_name"], one["sequence_name"], one["name"]) == ("Salt Harbour", "SQ020", "SH0010")
    )  # fmt: skip
    types = {one["id"]: one["name"] for one in ask(connection.host, "data/task-types", admin).body}
    return next(one["id"] for one in shot["tasks"] if types[one["task_type_id"]] == "Layout")


def comments_of(connection: Connection) -> list[dict[str, Any]]:
    """The comments on that task, newest first."""
    return ask(connection.host, f"data/tasks/{task_id(connection)}/comments", connection.token("admin")).body
