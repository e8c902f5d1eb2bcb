"""Holding replies to comments, changes of comments and their deletion to what the journal says was planned."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol

from support.database import TableDifference
from support.held_tasks import Applied

if TYPE_CHECKING:
    from collections.abc import Mapping

NOTHING = TableDifference()
HANGS_ON = {
    "news",
    "notification",
    "comment_mentions",
    "comment_department_mentions",
    "comment_acknoledgments",
    "attachment_file",
}
RECOMPUTED = {
    "task_status_id",
    "retake_count",
    "real_start_date",
    "end_date",
    "done_date",
    "last_comment_date",
    "duration",
    "updated_at",
}


class Coded(Applied, Protocol):
    """A plan as the journal holds it, with its code and what Kitsu itself does because of it."""

    @property
    def code(self) -> str:
        """What its texts end with."""
        ...

    @property
    def plan(self) -> dict[str, Any]:
        """All of it."""
        ...

    @property
    def made(self) -> dict[str, str]:
        """What was made of each item, by key."""
        ...

    @property
    def effects(self) -> list[dict[str, Any]]:
        """What it says Kitsu itself does."""
        ...


def hold_attached(plan: Coded, changes: dict[str, TableDifference]) -> None:
    """The plan's files, each whole, in its own comment or reply, and no others."""
    files = plan.plan.get("files") if plan.sent else None
    if not files:
        return
    attached = changes.pop("attachment_file")
    assert not (attached.changed)
    assert not (attached.removed)
    stored = changes.pop("stored_file").added.values()
    assert {row["file_id"] for row in stored} == {key[0] for key in attached.added}
    (made,) = plan.made.values()
    there = sorted((row["name"], row["size"], row["reply_id"] or row["comment_id"]) for row in attached.added.values())
    assert there == sorted((one["path"].rpartition("/")[2], str(one["size"]), made) for one in files)


def hold_replies(plan: Coded, changes: dict[str, TableDifference], names: Mapping[str, str]) -> None:
    """Each comment has one more reply, which ends with the code; nothing else."""
    del names
    hold_attached(plan, changes)
    table = changes.pop("comment", NOTHING)
    assert not (table.added)
    assert not (table.removed)
    assert {key[0] for key in table.changed} == _comments(plan)
    for columns in table.changed.values():
        assert columns.keys() <= {"replies", "updated_at"}
        before, after = (json.loads(one or "[]") for one in columns["replies"])
        assert after[:-1] == before
        assert after[-1]["text"].endswith(f"[{plan.code}]")


def hold_comment_changes(plan: Coded, changes: dict[str, TableDifference], names: Mapping[str, str]) -> None:
    """Exactly the planned fields are as planned; whom the text names is notified anew."""
    del names
    table = changes.pop("comment", NOTHING)
    assert not (table.added)
    assert not (table.removed)
    acknowledged = changes.pop("comment_acknoledgments", NOTHING)
    turned = [*acknowledged.added, *acknowledged.removed]
    for item in plan.sent:
        comment = item["target"].partition("/")[2]
        fields = {
            one["name"]: one["after"]["raw"] for one in item["fields"] if one["before"]["raw"] != one["after"]["raw"]
        }
        acknowledges = fields.pop("acknowledged", None) is not None
        if item["key"] in plan.partly:  # the route for acknowledgements comes last
            assert "acknowledged" in plan.details[item["key"]].partition(";")[0]
            acknowledges = False
        assert (comment in {key[0] for key in turned}) == acknowledges
        columns = table.changed.get((comment,), {})
        named = {"task_status_id" if name == "status" else name for name in fields}
        assert columns.keys() - {"updated_at", "editor_id"} == named
        if "text" in fields:
            written = columns["text"][1] or ""
            assert written == fields["text"] if fields["text"] else written.endswith(f"[{plan.code}]")
        if "checklist" in fields:
            ticks = [[one["checked"], one["text"]] for one in json.loads(columns["checklist"][1] or "[]")]
            assert ticks == json.loads(fields["checklist"])
        for name in fields.keys() & {"pinned", "for_client"}:
            assert columns[name][1] == str(fields[name]).lower()
    assert {key[0] for key in table.changed} <= _comments(plan)
    for name in ("notification", "comment_mentions", "comment_department_mentions"):
        its = changes.get(name, NOTHING)
        gone = {row.get("comment_id") or row.get("comment") for row in its.removed.values()}
        assert gone <= _comments(plan)
        if name != "notification":
            changes.pop(name, None)
    _hold_tasks(plan, changes)


def hold_deleted_comments(plan: Coded, changes: dict[str, TableDifference], names: Mapping[str, str]) -> None:
    """They are gone with what hangs on them, and their tasks are what the plan says."""
    del names
    below = {target.partition("/")[2]: target.partition("/")[0] for target in _comments(plan) if "/" in target}
    gone = {target for target in _comments(plan) if "/" not in target}
    table = changes.pop("comment", NOTHING)
    assert {key[0] for key in table.removed} == gone
    assert not (table.added)
    assert {key[0] for key in table.changed} == set(below.values())
    for columns in table.changed.values():
        assert columns.keys() <= {"replies", "updated_at"}
        before, after = (json.loads(one or "[]") for one in columns["replies"])
        assert after == [one for one in before if one["id"] not in below]
        assert len(before) > len(after)
    for name in HANGS_ON:
        its = changes.pop(name, NOTHING)
        assert not (its.added)
        assert not (its.changed)
        for row in its.removed.values():
            assert row.get("reply_id") in below or (row.get("comment_id") or row.get("comment")) in gone
    links, previews = changes.pop("comment_preview_link", NOTHING), changes.pop("preview_file", NOTHING)
    assert {row["comment"] for row in links.removed.values()} <= gone
    assert {key[0] for key in previews.removed} == {row["preview_file"] for row in links.removed.values()}
    files = changes.pop("stored_file", NOTHING)
    assert {row["file_id"] for row in files.added.values()} <= {key[0] for key in previews.removed}
    if previews.removed:
        changes.pop("entity", None)
    _hold_tasks(plan, changes)


def _hold_tasks(plan: Coded, changes: dict[str, TableDifference]) -> None:
    tasks = changes.pop("task", NOTHING)
    assert not (tasks.added)
    assert not (tasks.removed)
    known = RECOMPUTED | {"last_preview_file_id", "nb_assets_ready"}
    moved = {one["target"]: one["field"]["after"]["raw"] for one in plan.effects if one["field"]}
    for (task, *_), columns in tasks.changed.items():
        assert columns.keys() <= known
        told = columns.keys() & {"task_status_id", "retake_count", "real_start_date", "end_date", "done_date"}
        assert not told or task in moved
        if "task_status_id" in columns:
            assert columns["task_status_id"][1] == moved[str(task)]


def _comments(plan: Applied) -> set[str]:
    return {item["target"].partition("/")[2] for item in plan.sent}
