"""What is in the sandbox's database at one moment, and which comments and other changes came between two moments."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import psycopg
from psycopg import sql

from evals.task import TaskError
from kitsu_tools.tracker.addresses import encoded

Row: TypeAlias = dict[str, Any]

FOLLOW_FROM_COMMENTS = {"api_event", "news", "notification", "comment_mentions", "comment_department_mentions"}
"""Tables that Zou fills by itself for every comment: its event log, its news feed, whom a text names and tells."""
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


def other_changes(before: State, after: State) -> list[str]:
    """What differs besides new comments and what follows from them, a line a change."""
    commented = {comment.task for comment in comments_between(before, after)}
    lines: Counter[str] = Counter()
    for table in sorted((after.tables.keys() | before.tables.keys()) - {NOTED_FOR_READERS}):
        old, new = before.tables.get(table, {}), after.tables.get(table, {})
        for key in old.keys() | new.keys():
            if old.get(key) == new.get(key) or _follows(table, key, before, after, commented):
                continue
            change = "added" if key not in old else "removed" if key not in new else "changed"
            lines[f"{table} {change}"] += 1
    return [f"{line} ×{count}" for line, count in sorted(lines.items())]


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
