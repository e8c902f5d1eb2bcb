"""The journal's file: its tables, what brings an older one up to date, and what is let go of.

`pragma user_version` is the version; 0 is of the one before, which had no number and knew comments alone.
"""

import hashlib
import sqlite3
from collections import Counter
from typing import Any

import orjson

from kitsu_tools.gate.change import Change, Effect, Field, Item, Value
from kitsu_tools.gate.text import counted, places
from kitsu_tools.tracker.errors import KitsuError

VERSION = 1
LOOKED_FOR_SECONDS = 24 * 3600.0
"""How long an unknown outcome is looked for: an outage, or a right taken by mistake, is mended within a day. Later
nobody waits for the answer any more, and every proposal would pay for one more look.
"""
KEPT_SECONDS = 365 * 24 * 3600.0
MOST_CHANGES = 10_000
ALWAYS_KEPT_SECONDS = 7 * 24 * 3600.0
"""What is older than a year goes, and what is beyond so many changes, but nothing of the last week."""
_LONGEST_SUMMARY = 200

_TABLES = """
create table changes (
    code text primary key, digest text not null, kitsu text not null, principal text not null, kind text not null,
    tool text not null, agent text not null, person text not null, project_id text not null default '',
    project text not null default '', summary text not null default '', proposed_at real not null,
    change text not null, answer text, answered_at real, text text
);
create index changes_by_digest on changes (digest);
create index changes_by_time on changes (proposed_at);
create table items (
    code text not null references changes (code), key text not null, target text not null, address text not null,
    intent text not null, sent_at real not null, outcome text, detail text, reference text, settled_at real,
    told_at real, primary key (code, key)
);
create index items_by_intent on items (intent);
create index items_open on items (sent_at) where outcome is null or outcome = 'unknown';
create table requests (
    code text not null references changes (code), keys text not null, request text not null, sent_at real not null
);
create index requests_by_code on requests (code);
"""


class JournalError(KitsuError):
    """The journal cannot be written, so nothing may be sent."""


def prepare(db: sqlite3.Connection) -> None:
    """Bring a file to this version, in one transaction: a new one, or one of the version before.

    Raises:
        JournalError: it is of a newer version.
    """
    if _version(db) == VERSION:
        return
    with db:
        db.execute("begin immediate")
        if _version(db) == VERSION:  # another server was quicker
            return
        if _version(db) > VERSION:
            raise JournalError(
                "The journal was written by a newer version of this server, which keeps more in it than this one "
                "knows. Update the server, or set KITSU_JOURNAL to another file."
            )
        before = db.execute("select 1 from sqlite_master where type = 'table' and name = 'plans'").fetchone()
        if before:
            db.execute("alter table plans rename to plans_before")
            db.execute("alter table items rename to items_before")
        for statement in _TABLES.split(";"):
            db.execute(statement)
        if before:
            _take_over(db)
        db.execute(f"pragma user_version = {VERSION}")


def _version(db: sqlite3.Connection) -> int:
    return db.execute("pragma user_version").fetchone()[0]


def insert_change(
    db: sqlite3.Connection, change: Change, digest: str, kitsu: str, principal: str, proposed_at: float
) -> None:
    """Write a change down that has its code."""
    named = (change.kind, change.tool, change.agent, change.person, change.project_id, change.project)
    db.execute(
        "insert into changes (code, digest, kitsu, principal, kind, tool, agent, person, project_id, project, summary, "
        "proposed_at, change) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (change.code, digest, kitsu, principal, *named, summary(change), proposed_at, change.json.decode()),
    )


def summary(change: Change) -> str:
    """What a change is, in one line: `Change E01/SQ01 Animation: SH0010, SH0020 (wfa → done ×2)`."""
    moves = Counter(item.says for item in change.items if item.says)
    how = [(f"{move} ×{count}" if len(change.items) > 1 else move, count) for move, count in moves.most_common()]
    what = [change.verb]
    what += [places([item.address for item in change.items], change.project, _LONGEST_SUMMARY)] if change.items else []
    what += [f"({counted(how, _LONGEST_SUMMARY, ', ')})"] if how else []
    return " ".join(what)


def intent(change: Change, item: Item) -> str:
    """What is to be so afterwards, as it is kept: the same item proposed again has the same intent."""
    return hashlib.sha256(orjson.dumps(change.intent(item))).hexdigest()


def let_go(db: sqlite3.Connection, now: float) -> None:
    """Drop what is too old or too much. What was sent and is not settled stays, however old."""
    newest = "select proposed_at from changes order by proposed_at desc limit 1 offset ?"
    (beyond,) = db.execute(newest, (MOST_CHANGES,)).fetchone() or (0.0,)
    before = min(max(now - KEPT_SECONDS, beyond), now - ALWAYS_KEPT_SECONDS)
    gone = "select code from changes where proposed_at < ? except select code from items where outcome is null"
    for table in ("requests", "items", "changes"):
        db.execute(f"delete from {table} where code in ({gone})", (before,))  # noqa: S608  names of our own


def _take_over(db: sqlite3.Connection) -> None:
    """What the version before kept, as this one keeps it."""
    columns = "code, digest, kitsu, planned_at, answer, answered_at, text, plan"
    for code, digest, whose, planned_at, answer, answered_at, text, kept in db.execute(
        f"select {columns} from plans_before"  # noqa: S608  names of our own
    ).fetchall():
        plan = orjson.loads(kept)
        kitsu, _, principal = whose.rpartition(" ")
        change = _change_of(plan, code)
        insert_change(db, change, digest, kitsu, principal, planned_at)
        more = {name: plan[name] for name in ("checklist", "mentioned", "batched")}
        whole = orjson.dumps(orjson.loads(change.json) | more).decode()
        update = "update changes set change = ?, answer = ?, answered_at = ?, text = ? where code = ?"
        db.execute(update, (whole, answer, answered_at, text, code))
        db.executemany(
            "insert into items select code, task_id, task_id, address, ?, sent_at, outcome, detail, comment_id, "
            "settled_at, case when outcome != 'unknown' then settled_at end from items_before "
            "where code = ? and task_id = ?",
            [(intent(change, item), code, item.key) for item in change.items],
        )
    db.execute(
        "insert into requests select code, json_group_array(task_id), request, min(sent_at) from items_before "
        "group by code, request"
    )
    for table in ("items_before", "plans_before", "journal"):
        db.execute(f"drop table {table}")


def _change_of(plan: dict[str, Any], code: str) -> Change:
    items = [Item(one["task_id"], one["task_id"], one["address"], (_status(one),)) for one in plan["items"]]
    moved = any(item.fields[0].changes for item in items)
    same = {name: plan[name] for name in ("tool", "project_id", "project", "text", "agent", "person")}
    lists: dict[str, Any] = {name: tuple(plan[name]) for name in ("unchanged", "told", "warnings")}
    verb = " and ".join(["comment on"] * bool(plan["text"]) + ["set"] * moved).capitalize()
    effects = tuple(map(_effect, plan["effects"]))
    return Change("comments", verb=verb, items=tuple(items), effects=effects, code=code, **same, **lists)


def _effect(one: dict[str, Any]) -> Effect:
    status = _status(one)
    if one["kind"] == "ready for":
        return Effect(one["because"], one["address"], "", f"ready for {one['after']}", f"ready for {one['after']}")
    lead = "comment on" if one["kind"] == "comment" else ""
    rest = "" if lead else f"{status.says}{' with the last revision' if one['with_revision'] else ''}"
    return Effect(one["because"], one["address"], lead, rest, rest or "the same comment", one["task_id"], status)


def _status(one: dict[str, Any]) -> Field:
    return Field("status", Value(one["before_id"], one["before"]), Value(one["after_id"], one["after"]))
