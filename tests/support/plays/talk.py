"""What is answered to comments, changed of them, and deleted."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from references.studio import Studio
from support.api import ask
from support.database import TableDifference
from support.plays.play import Job, Play, plays, undone

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kitsu_sandbox.lifecycle import Connection
    from support.held import Journaled

TASK_ADDRESS = "Robo Garden/E01/SQ01/SH0010:Animation"
TASKS = [("SQ01", "SH0010"), ("SQ01", "SH0020")]


def _own(connection: Connection) -> dict[str, Any]:
    """A comment of the bot's own."""
    (task, *_), status = _tasks(connection), Studio(connection).statuses["retake"]
    lines = [{"text": "hands", "checked": False}, {"text": "eyes", "checked": True}]
    body = {"task_status_id": status, "comment": "First, @Mara Okafor", "checklist": lines}
    path, token = f"actions/tasks/{task}/comment", connection.token("manager")
    return {"comments": [ask(connection.host, path, token, method="POST", body=body).body["id"]]}


def _of_others(connection: Connection) -> dict[str, Any]:
    """Two comments of somebody else on one task, and one on another."""
    studio = Studio(connection)
    first, second = _tasks(connection)
    return {"comments": [studio.say(task, studio.statuses["retake"]) for task in (first, first, second)]}


def _acknowledged(connection: Connection) -> dict[str, Any]:
    """Those, acknowledged by the bot and by an admin."""
    given = _of_others(connection)
    for comment in given["comments"]:
        for role in ("manager", "admin"):
            task = Studio(connection).get(f"data/comments/{comment}")["object_id"]
            path = f"data/tasks/{task}/comments/{comment}/ack"
            assert ask(connection.host, path, connection.token(role), method="POST", body={}).status == 200
    return given


def _answered(connection: Connection) -> dict[str, Any]:
    """One that was answered already."""
    studio = Studio(connection)
    task, comment = _tasks(connection)[0], _of_others(connection)["comments"][0]
    studio.post(f"data/tasks/{task}/comments/{comment}/reply", {"text": "Fine"})
    return {"comment": comment}


def _own_reply(connection: Connection) -> dict[str, Any]:
    """The bot's own reply, beside one of somebody else."""
    comment = _answered(connection)["comment"]
    task = _tasks(connection)[0]
    path, token = f"data/tasks/{task}/comments/{comment}/reply", connection.token("manager")
    said = ask(connection.host, path, token, method="POST", body={"text": "Wrong"}).body
    return {"comments": [f"{TASK_ADDRESS}#{comment}/{said['id']}"]}


def _tasks(connection: Connection) -> list[str]:
    studio = Studio(connection)
    shots = studio.shots(studio.projects["Robo Garden"], "E01")
    return [shots[one]["tasks"]["Animation"] for one in TASKS]


OWN = {"text": "Second, @Mara Okafor.", "tick": ["hands"], "untick": ["eyes"], "status": "wip"}
CHANGED = Job("own words", "change_comment", OWN | {"pinned": True, "acknowledged": True}, 2, prepare=_own)
MARKED = Job("marks", "change_comment", {"pinned": True, "acknowledged": True}, 6, prepare=_of_others)
TURNED = Job("no more acknowledged", "change_comment", {"acknowledged": False}, 3, prepare=_acknowledged)


@plays("replies")
def replies() -> Play:
    """A reply below another, and one with files."""
    given = {"text": "Only once, @Mara Okafor."}
    with_files = given | {"files": ["a.png", "b.zip"]}
    jobs = Job("a reply", "reply", given, prepare=_answered), Job("files", "reply", with_files, prepare=_answered)
    return Play(jobs, _said)


@plays("comment changes")
def comment_changes() -> Play:
    """All of one comment; marks of three, of which one is by a route that turns it over, also the other way."""
    return Play((CHANGED, undone(CHANGED), MARKED, undone(MARKED), TURNED, undone(TURNED)), _touched)


@plays("deleted comments")
def deleted_comments() -> Play:
    """Three, of two tasks, and a reply below one."""
    deleted = Job("deleted comments", "delete_comment", {}, 3, prepare=_of_others)
    return Play((deleted, Job("a deleted reply", "delete_comment", {}, prepare=_own_reply)), _gone)


def _gone(plan: Journaled, changes: Mapping[str, TableDifference]) -> Counter[str]:
    """Comments that are gone, and replies that a comment has no more."""
    table = changes.get("comment", TableDifference())
    gone = {str(key[0]) for key in table.removed}
    for columns in table.changed.values():
        before, after = ({one["id"] for one in json.loads(side or "[]")} for side in columns.get("replies", ("", "")))
        gone |= before - after
    return Counter({one["key"]: int(one["target"].rpartition("/")[2] in gone) for one in plan.plan["items"]})


def _said(plan: Journaled, changes: Mapping[str, TableDifference]) -> Counter[str]:
    """The replies that end with the plan's code."""
    changed = changes.get("comment", TableDifference()).changed
    found = {
        key[0]: sum(one["text"].endswith(f"[{plan.code}]") for one in json.loads(columns["replies"][1] or "[]"))
        for key, columns in changed.items()
        if "replies" in columns
    }
    return Counter({one["key"]: found.get(one["target"].partition("/")[2], 0) for one in plan.plan["items"]})


def _touched(plan: Journaled, changes: Mapping[str, TableDifference]) -> Counter[str]:
    acknowledged = changes.get("comment_acknoledgments", TableDifference())
    there = {str(row["comment"]) for row in (*acknowledged.added.values(), *acknowledged.removed.values())}
    changed = changes.get("comment", TableDifference()).changed
    there |= {str(key[0]) for key, columns in changed.items() if columns.keys() - {"updated_at", "editor_id"}}
    return Counter({one["key"]: int(one["target"].partition("/")[2] in there) for one in plan.plan["items"]})
