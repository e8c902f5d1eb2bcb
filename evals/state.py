"""What is in the sandbox's database at one moment, and which comments and other changes came between two moments."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias, cast

import psycopg
from psycopg import sql

from evals.task import Changed, TaskError
from kitsu_tools.tracker.addresses import encoded

Row: TypeAlias = dict[str, Any]

FOLLOW_FROM_CHANGES = {"api_event", "news", "notification"}
"""Tables that Zou fills by itself for every change: its event log, its news feed, whom it tells."""
FOLLOW_FROM_COMMENTS = FOLLOW_FROM_CHANGES | {"comment_mentions", "comment_department_mentions"}
"""Those that it fills for every comment: also whom a text names."""
FOLLOW_IN_THE_TASK = {
    "task_status_id", "last_comment_date", "retake_count", "real_start_date", "end_date", "done_date", "updated_at"
}  # fmt: skip
"""Fields of a task that Zou 1.0.97 sets with a comment on it."""
NOTED_FOR_READERS = "preview_file_storage_state"
"""A table in which Zou notes where it found a picture or movie that somebody looked at (seen on 1.0.97)."""
_PLACEHOLDER = re.compile(r"\{(task|entity|project|status|person|day):([^{}]+)\}")


class UnknownName(TaskError):
    """A name in a task file that the sandbox has not, or has twice."""


@dataclass(frozen=True)
class Comment:
    """A comment by address and names: `before` and `status` are the task's status without and with it."""

    task: str
    before: str
    status: str
    text: str
    mentions: frozenset[str]


@dataclass(frozen=True)
class State:
    """Every row of every table by primary key, or by the whole row where there is none."""

    tables: dict[str, dict[str, Row]]

    @cached_property
    def task_addresses(self) -> dict[str, str]:
        """A task's id to its address. Twins have the same one."""
        types = self.tables["task_type"]
        return {
            key: f"{self.address(row['entity_id'])}:{encoded(types[row['task_type_id']]['name'])}"
            for key, row in self.tables["task"].items()
        }

    def address(self, entity_id: str) -> str:
        """An entity's address, without what tells twins apart."""
        entity = self.tables["entity"][entity_id]
        kind = self.tables["entity_type"][entity["entity_type_id"]]["name"]
        if kind in {"Shot", "Sequence", "Episode"}:
            above = self.address(entity["parent_id"]) if entity["parent_id"] else self._project(entity)
        else:
            above = f"{self._project(entity)}/{f'{kind}s' if kind in {'Edit', 'Concept'} else encoded(kind)}"
        return f"{above}/{encoded(entity['name'])}"

    def status(self, status_id: str) -> str:
        """A status's short name."""
        return self.tables["task_status"][status_id]["short_name"]

    def person(self, person_id: str) -> str:
        """A person's full name."""
        row = self.tables["person"][person_id]
        return f"{row['first_name']} {row['last_name']}"

    def filled(self, text: str) -> str:
        """A text with ids in the places of `{task:ADDRESS}`, `{status:wip}` and the like, and days of `{day:-7}`.

        Raises:
            UnknownName: there is no such thing, or there are several.
        """
        return _PLACEHOLDER.sub(lambda found: self._id(found[1], found[2]), text)

    def _id(self, kind: str, name: str) -> str:
        if kind == "day":
            return (dt.datetime.now(dt.UTC).date() + dt.timedelta(days=int(name))).isoformat()
        found = [key for key, known in self._named(kind) if known == name]
        if len(found) != 1:
            raise UnknownName(f"{{{kind}:{name}}}: the sandbox has {len(found)} of them.")
        return found[0]

    def _named(self, kind: str) -> list[tuple[str, str]]:
        match kind:
            case "task":
                return list(self.task_addresses.items())
            case "entity":
                return [(key, self.address(key)) for key in self.tables["entity"]]
            case "project":
                return [(key, row["name"]) for key, row in self.tables["project"].items()]
            case "status":
                return [(key, row["short_name"]) for key, row in self.tables["task_status"].items()]
            case _:
                return [(key, self.person(key)) for key in self.tables["person"]]

    def _project(self, entity: Row) -> str:
        return encoded(self.tables["project"][entity["project_id"]]["name"])


def read(dsn: str) -> State:
    """The state of a database now."""
    with psycopg.connect(dsn) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        names = connection.execute("select tablename from pg_tables where schemaname = 'public'").fetchall()
        return State({name: _rows(connection, name) for (name,) in names})


def comments_between(before: State, after: State) -> list[Comment]:
    """The comments that were added."""
    mentioned = after.tables["comment_mentions"].values()
    return [
        Comment(
            after.task_addresses[row["object_id"]],
            before.status(before.tables["task"][row["object_id"]]["task_status_id"]),
            after.status(row["task_status_id"]),
            row["text"] or "",
            frozenset(after.person(one["person"]) for one in mentioned if one["comment"] == key),
        )
        for key, row in after.tables["comment"].items()
        if key not in before.tables["comment"]
    ]


def changes(wanted: list[Changed], before: State, after: State) -> list[str]:
    """What is wrong with what differs besides new comments and what follows from them, a line a change."""
    left = _changed_rows(before, after)
    said: list[str] = []
    for one in wanted:
        for row in one.rows:
            found = next((key for key in left if _is(key, one, row, before, after)), None)
            left.pop(found, None) if found else said.append(f"{one.table} is not {one.how}: {json.dumps(row)}")
    counted = Counter(how for (table, _), how in left.items() if not wanted or table not in FOLLOW_FROM_CHANGES)
    return said + [f"{line} ×{count}" for line, count in sorted(counted.items())]


Place: TypeAlias = tuple[str, str]
"""A table, and a row's key in it."""


def _changed_rows(before: State, after: State) -> dict[Place, str]:
    commented = {comment.task for comment in comments_between(before, after)}
    lines: dict[Place, str] = {}
    for table in sorted((after.tables.keys() | before.tables.keys()) - {NOTED_FOR_READERS}):
        old, new = before.tables.get(table, {}), after.tables.get(table, {})
        for key in old.keys() | new.keys():
            if old.get(key) == new.get(key) or _follows(table, key, before, after, commented):
                continue
            lines[table, key] = f"{table} {'added' if key not in old else 'removed' if key not in new else 'changed'}"
    return lines


def _is(place: Place, wanted: Changed, row: Row, before: State, after: State) -> bool:
    """Whether a row that differs is this one that was wanted, and differs in nothing else."""
    table, key = place
    old, new = before.tables[table].get(key), after.tables[table].get(key)
    how = "added" if old is None else "removed" if new is None else "changed"
    if (table, how) != (wanted.table, wanted.how):
        return False
    state = before if new is None else after
    has = dict(new or old or {})
    if "address" in row:
        has["address"] = state.task_addresses[key] if table == "task" else state.address(key)
    try:
        if not _holds(has, json.loads(state.filled(json.dumps(row)))):
            return False
    except UnknownName:  # what the row hangs on was not made
        return False
    free = {*row, *wanted.also, "updated_at"}
    return old is None or new is None or all(old[name] == new[name] for name in new if name not in free)


def _holds(value: object, wanted: object) -> bool:
    """Whether a value of JSON is what is wanted; of an object, whether it has what is wanted of it."""
    if isinstance(value, dict) and isinstance(wanted, dict):
        has, wants = cast("Row", value), cast("Row", wanted)
        return all(name in has and _holds(has[name], one) for name, one in wants.items())
    if isinstance(value, list) and isinstance(wanted, list):
        there, wanted_there = cast("list[object]", value), cast("list[object]", wanted)
        return len(there) == len(wanted_there) and all(map(_holds, there, wanted_there))
    return value == wanted


def _follows(table: str, key: str, before: State, after: State, commented: set[str]) -> bool:
    """Whether a change is a new comment's own or one that Zou makes with it."""
    old, new = before.tables.get(table, {}).get(key), after.tables.get(table, {}).get(key)
    if not commented or new is None:
        return False
    if old is None:
        return table == "comment" or table in FOLLOW_FROM_COMMENTS
    if table != "task" or after.task_addresses[key] not in commented:
        return False
    return all(name in FOLLOW_IN_THE_TASK for name in old.keys() | new.keys() if old.get(name) != new.get(name))


def _rows(connection: psycopg.Connection, table: str) -> dict[str, Row]:
    query = sql.SQL("select to_jsonb(one) from {} one").format(sql.Identifier(table))
    rows: list[Row] = [row for (row,) in connection.execute(query)]
    return {row["id"] if "id" in row else json.dumps(row, sort_keys=True): row for row in rows}
