"""What Kitsu has now of some entities and tasks, laid over a board: the board stays as it is and gives way to another.

The routes that read by ids, `data/entities` and `data/tasks`, name some things otherwise than the boards do, and lack
others: where assets are cast and what their types are called (seen on Zou 1.0.97).
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field, fields, replace
from operator import attrgetter

from kitsu_tools.tracker.board import Board, Key, kind_of
from kitsu_tools.tracker.board_rows import Record, Rows, copied
from kitsu_tools.tracker.model import Entity, Kind, Task

_OF_ENTITY = attrgetter(*(one.name for one in fields(Entity) if one.name not in {"address", "tasks"}))
_OF_TASK = attrgetter(*(one.name for one in fields(Task) if one.name != "entity"))
_OF_ADDRESS = attrgetter("name", "parent_id", "type_name")
_CAST_IN = "casting_episode_ids"


@dataclass(frozen=True, slots=True)
class Patch:
    """Records of Zou by id, as they are now. `gone`: ids of what is not there, or not for this identity.

    `cast`: by an episode's id the ids of the assets that are cast in it, none in one that is gone. `type_names`: of
    asset types by id, where they were read anew. `casts`: whether what is used of other productions may differ;
    `explains`: whether any row was written at all.
    """

    entities: Mapping[str, Record]
    tasks: Mapping[str, Record]
    gone: Set[str] = frozenset()
    cast: Mapping[str, Set[str]] = field(default_factory=dict[str, Set[str]])
    type_names: Mapping[str, str] = field(default_factory=dict[str, str])
    casts: bool = True
    explains: bool = True

    def __or__(self, other: "Patch") -> "Patch":
        return replace(
            self,
            entities={**self.entities, **other.entities},
            tasks={**self.tasks, **other.tasks},
            gone=self.gone | other.gone,
            cast={**self.cast, **other.cast},
            type_names={**self.type_names, **other.type_names},
        )


def kind_in(record: Record) -> str:
    """The kind of a record of `data/entities`."""
    return str(record["type"]).lower()


def entities_over(board: Board, key: Key, patch: Patch, rows: Rows, *, anew: bool) -> list[Entity]:
    """What stands on the board now, in order: its own list where nothing differs. `anew`: addresses may differ too."""
    changed = _changed(board, key, patch, rows)
    if not changed and not anew:
        return board.entities
    found = [one for old in board.entities if (one := changed.get(old.id, old)) is not None]
    found += [one for one_id, one in changed.items() if one is not None and one_id not in board.by_id]
    if not anew and all(one is not None and one.address for one in changed.values()):
        return found
    addressed = rows.addressed(found)
    is_same = len(addressed) == len(board.entities) and all(
        new is old for new, old in zip(addressed, board.entities, strict=True)
    )
    return board.entities if is_same else addressed


def _changed(board: Board, key: Key, patch: Patch, rows: Rows) -> dict[str, Entity | None]:
    """The entities that differ from the board's, by id, without an address where it may differ; None: it left."""
    kind = kind_of(key)
    tasks: dict[str, list[Record]] = {}
    untold = {"done_date": None} if kind in {"edit", "concept"} else {}  # their boards lack it (seen on Zou 1.0.97)
    for task in patch.tasks.values():
        tasks.setdefault(task["entity_id"], []).append({**task, **untold})
    moving = patch.tasks.keys() | patch.gone
    at_home = {task.id for one in tasks if one in board.by_id for task in board.by_id[one].tasks}
    strays = moving - at_home
    holders = {one.id for one in board.entities for task in one.tasks if task.id in strays} if strays else set[str]()
    here = {one for one in holders | tasks.keys() | patch.gone if one in board.by_id} | {
        one_id for one_id, record in patch.entities.items() if one_id in board.by_id or belongs(record, key)
    }
    if kind == "asset" and patch.cast:
        here |= {one.id for one in board.entities if _cast_in(one, patch) != one.data.get(_CAST_IN, ())}
    if kind == "asset" and patch.type_names:
        names = {one: _type_name(board, patch, one) for one in board.children}
        here |= {one.id for one in board.entities if names[one.parent_id] != one.type_name}
    changed: dict[str, Entity | None] = {}
    for one_id in here:
        old, record = board.by_id.get(one_id), patch.entities.get(one_id)
        if one_id in patch.gone or (record is not None and not belongs(record, key)):
            changed[one_id] = None
            continue
        new = copied(board.by_id[one_id], ()) if record is None else rows.entity(as_on_board(record, kind))
        kept = [task for task in old.tasks if task.id not in moving] if old is not None else []
        of_zou = rows.tasks(tasks.get(one_id, ()), new)
        new.tasks = sorted([*(replace(task, entity=new) for task in kept), *of_zou], key=attrgetter("id"))
        if kind == "asset":
            new.type_name = _type_name(board, patch, new.parent_id)
            cast_in = _cast_in(old or new, patch)
            new.data = new.data | {_CAST_IN: cast_in}
            if not cast_in:
                del new.data[_CAST_IN]
        is_there = old is not None and _OF_ADDRESS(old) == _OF_ADDRESS(new)
        new.address = old.address if old is not None and is_there else ""
        if old is None or not _equal(old, new):
            changed[one_id] = new
    return changed


def belongs(record: Record, key: Key) -> bool:
    """Whether this board shows such an entity."""
    return kind_in(record) == kind_of(key) and (not isinstance(key, tuple) or record["parent_id"] == key[1])


def as_on_board(record: Record, kind: Kind) -> Record:
    """A record of `data/entities` by the names of the board, without what only that route has."""
    match kind:
        case "asset":
            of_asset = {"asset_type_id": record["entity_type_id"], "episode_id": record["source_id"]}
            return {**record, **of_asset, "asset_type_name": ""}
        case "shot":
            return record
        case "concept":
            return {**record, "episode_id": ""}
        case _:
            return {**record, "episode_id": record["parent_id"], "nb_frames": None}


def _cast_in(asset: Entity, patch: Patch) -> tuple[str, ...]:
    """The episodes that an asset is cast in, by a board and what is laid over it."""
    kept = {episode for episode in asset.data.get(_CAST_IN, ()) if episode not in patch.cast}
    return tuple(sorted(kept | {episode for episode, assets in patch.cast.items() if asset.id in assets}))


def _type_name(board: Board, patch: Patch, type_id: str) -> str:
    known = board.children.get(type_id)
    return patch.type_names.get(type_id) or (known[0].type_name if known else "")


def _equal(old: Entity, new: Entity) -> bool:
    return _OF_ENTITY(old) == _OF_ENTITY(new) and list(map(_OF_TASK, old.tasks)) == list(map(_OF_TASK, new.tasks))
