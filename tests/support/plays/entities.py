"""Entities and tasks that are made, changed and deleted."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import psycopg

from support.api import ask
from support.database import TableDifference
from support.plays.play import Job, Play, plays, rows, undone

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kitsu_sandbox.lifecycle import Connection
    from support.database import Row
    from support.held import Journaled
    from support.plays.play import Written

SQ02 = "Robo Garden/E01/SQ02"
SHOTS = [f"{SQ02}/SH00{number}0" for number in (1, 2, 3)]
NEW_ENTITIES = Job(
    "new entities",
    "create_entities",
    {
        "rows": [
            {"name": "SQ81", "under": "Robo Garden/E01", "description": "The storm"},
            {"name": "SH7010", "under": "SQ81", "count": 2, "frames": 48, "tasks": ["Layout", "Animation"]},
            {"name": "Zorg", "under": "Robo Garden/Character", "tasks": ["Modeling"]},
        ]
    },
    7,
)
CHANGED_ENTITIES = Job(
    "changed entities",
    "change_entities",
    {
        "rows": [
            {"entities": SHOTS[:1], "name": "SH0015", "frames": 60, "data": {"lens": "85mm"}},
            {"entities": SHOTS[1:2], "omitted": True},
            {"entities": ["Robo Garden/Character/Fern"], "kind": "prop", "description": "New words"},
        ]
    },
    3,
)


def _without_tasks(connection: Connection) -> dict[str, Any]:
    """Layout and Animation of the shots deleted: as seeded, everything has every task."""
    query = """
        select task.project_id::text, task.id::text from task join task_type on task_type.id = task_type_id
        join entity shot on shot.id = entity_id join entity sequence on sequence.id = shot.parent_id
        join entity episode on episode.id = sequence.parent_id
        where task_type.name in ('Layout', 'Animation') and shot.name in ('SH0010', 'SH0020', 'SH0030')
        and sequence.name = 'SQ02' and episode.name = 'E01'
    """
    with psycopg.connect(connection.database) as database:
        found = database.execute(query).fetchall()
    path = f"actions/projects/{found[0][0]}/delete-tasks"
    ask(connection.host, path, connection.token("admin"), method="POST", body=[task for _, task in found])
    return {"task_types": ["Layout", "Animation"]}


NEW_TASKS = Job("new tasks", "create_tasks", {"entities": SHOTS}, 2, prepare=_without_tasks)


@plays("new entities")
def new_entities() -> Play:
    """A sequence with two shots and their tasks, and an asset, of which Zou would make a second one."""
    return Play((NEW_ENTITIES,), _there("added", "entity", _name, lambda target: unquote(target.rpartition("/")[2])))


@plays("changed entities")
def changed_entities() -> Play:
    """One is renamed and more, one omitted, one of another type."""
    return Play((CHANGED_ENTITIES, undone(CHANGED_ENTITIES)), rows("entity"))


@plays("deleted entities")
def deleted_entities() -> Play:
    """A shot, an asset that is cast and a whole sequence; and those that were made are removed again."""
    several = {"entities": [SHOTS[0].replace("SQ02", "SQ01"), "Robo Garden/Character/Bolt", SQ02]}
    deletions = Job("deleted entities", "delete_entities", several, 3)
    return Play((deletions, undone(NEW_ENTITIES, 2)), _there("removed", "entity", _id))


@plays("new tasks")
def new_tasks() -> Play:
    """Two task types of three shots: a request each."""
    return Play((NEW_TASKS,), _there("added", "task", _made, lambda target: target.partition("/")[2]))


@plays("deleted tasks")
def deleted_tasks() -> Play:
    """Several in one request; and those that were made are removed again."""
    deletions = Job("deleted tasks", "delete_tasks", {"tasks": [f"{one}:Animation" for one in SHOTS]})
    return Play((deletions, undone(NEW_TASKS, 1)), _there("removed", "task", _id))


def _there(how: str, table: str, told: Callable[[Row], str], of: Callable[[str], str] = str) -> Written:
    """`written` of a kind by the rows of a table that were added or removed: what each tells, and `of` a target."""

    def found(plan: Journaled, changes: Mapping[str, TableDifference]) -> Counter[str]:
        its: Mapping[object, Row] = getattr(changes.get(table, TableDifference()), how)
        there = Counter(map(told, its.values()))
        return Counter({item["key"]: there[of(item["target"])] for item in plan.plan["items"]})

    return found


def _id(row: Row) -> str:
    return str(row["id"])


def _name(row: Row) -> str:
    return str(row["name"])


def _made(row: Row) -> str:
    return f"{row['entity_id']}/{row['task_type_id']}"
