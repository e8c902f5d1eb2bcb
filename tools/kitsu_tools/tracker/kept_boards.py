"""Boards as they are kept on disk for the next start: a column a field, equal values once, so that a feature's are read
in 50 ms.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from operator import attrgetter
from typing import Any, TypeAlias, cast

import orjson

from kitsu_tools.tracker.collection import without_collection
from kitsu_tools.tracker.model import Entity, Kind, Task
from kitsu_tools.tracker.newest import LONG_AGO

_UNSHARED = frozenset({"id", "address", "data"})
_OF_ENTITY = tuple(one.name for one in fields(Entity) if one.name not in {"kind", "tasks"})
_OF_TASK = tuple(one.name for one in fields(Task) if one.name != "entity")
_TUPLES = ("casting_episode_ids",)
"""What of an entity's data is no list on a board."""
_SHAPE = hashlib.sha256(repr((1, _OF_ENTITY, _OF_TASK)).encode()).hexdigest()[:16]
"""What is kept of another shape is of another version of this server."""

Column: TypeAlias = tuple[list[Any], list[Any] | None]
"""Values, and where each stands among them; without the latter the values themselves."""


@dataclass(frozen=True, slots=True)
class KeptBoards:
    """Boards of one production that one tag vouches for. `who`: as what and by which names they were read.

    `looked_at`: when Kitsu was last looked through for changes, UTC by our own clock; `tables`: what was known of tasks
    and entities then; `as_of`: when the oldest of the boards was read.
    """

    who: str
    tag: str
    looked_at: str
    as_of: str
    tables: Sequence[Mapping[str, Any]]
    boards: Mapping[Kind, Sequence[Entity]]

    def packed(self) -> bytes:
        """For the disk.

        Raises:
            TypeError: something of it is no JSON, such as a number of more than 64 bits.
        """
        boards = {kind: _columns(entities) for kind, entities in self.boards.items()}
        return orjson.dumps([_SHAPE, self.who, self.tag, self.looked_at, self.as_of, self.tables, boards])

    @property
    def age(self) -> float:
        """Seconds since they were read, by our own clock, which may have been turned back."""
        return (datetime.now(UTC) - datetime.fromisoformat(self.as_of)).total_seconds()

    def is_late(self, seconds: float) -> bool:
        """Whether what Kitsu had stamped before they were read may have been shown after, which a full reading after so
        many seconds would show: its clock and ours may differ.
        """
        newest = max((row["updated_at"] for table in self.tables for row in table["rows"][:1]), default="")
        is_settled = newest < (datetime.fromisoformat(self.looked_at) - LONG_AGO).isoformat()
        return not 0 <= self.age < seconds and not (self.age > 0 and is_settled)


def unpacked(content: bytes) -> KeptBoards | None:
    """What was packed; None where it is of another version, or nothing that was."""
    try:
        with without_collection():
            shape, *rest = orjson.loads(content)
            if shape != _SHAPE:
                return None
            who, tag, looked_at, as_of, tables, boards = rest
            kept: dict[Kind, Sequence[Entity]] = {kind: _entities(kind, *columns) for kind, columns in boards.items()}
    except (ValueError, TypeError, LookupError, AttributeError):
        return None
    return KeptBoards(who, tag, looked_at, as_of, tables, kept)


def _columns(entities: Sequence[Entity]) -> tuple[list[Column], list[int], list[Column]]:
    tasks = [task for one in entities for task in one.tasks]
    return (
        [_column(name, map(attrgetter(name), entities)) for name in _OF_ENTITY],
        [len(one.tasks) for one in entities],
        [_column(name, map(attrgetter(name), tasks)) for name in _OF_TASK],
    )


def _column(name: str, values: Iterable[Any]) -> Column:
    if name in _UNSHARED:
        return list(values), None
    known: dict[Any, int] = {}
    where = [known.setdefault((type(value), value), len(known)) for value in values]
    return [value for _, value in known], where


def _entities(kind: Kind, columns: Sequence[Column], counts: Sequence[int], of_tasks: Sequence[Column]) -> list[Entity]:
    make = partial(_entity, kind)
    entities = list(map(make, *map(_values, columns)))
    for one in entities if kind == "asset" else ():
        one.data |= {name: tuple(one.data[name]) for name in _TUPLES if name in one.data}
    owners = (one for one, count in zip(entities, counts, strict=True) for _ in range(count))
    tasks = map(Task, *map(_values, of_tasks), owners)
    for one, count in zip(entities, counts, strict=True):
        one.tasks = list(islice(tasks, count))
    return entities


def _entity(kind: Kind, entity_id: str, *rest: Any) -> Entity:  # noqa: ANN401  its fields, in order
    return Entity(entity_id, kind, *rest)


def _values(column: Column) -> list[Any]:
    values, where = column
    if where is None:
        return values
    shared = [tuple(cast("list[str]", value)) if isinstance(value, list) else value for value in values]
    return [shared[at] for at in where]
