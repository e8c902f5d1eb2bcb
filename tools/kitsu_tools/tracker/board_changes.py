"""What changed in a production since its boards were read: as it was told, or as Kitsu has it when it is asked."""

import time
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial

from kitsu_tools.tracker.board import ALL_KINDS, Board, Key
from kitsu_tools.tracker.board_patches import Patch, belongs, kind_in
from kitsu_tools.tracker.board_rows import Record
from kitsu_tools.tracker.by_ids import records_by
from kitsu_tools.tracker.cached import ById, Cached
from kitsu_tools.tracker.changed import NONE, Changed
from kitsu_tools.tracker.errors import NotFound, NotPermitted, Refused
from kitsu_tools.tracker.gather import gather, gather_both
from kitsu_tools.tracker.model import Entity
from kitsu_tools.tracker.names import is_uuid
from kitsu_tools.tracker.newest import Newest, newest, newest_of
from kitsu_tools.tracker.session import KitsuSession
from kitsu_tools.tracker.zou_answer import Answer

MOST_IDS = 1000
"""To read so many rows by id takes as long as a feature's whole board."""
MOST_DELETED = 200

Held = Mapping[Key, Board]


@dataclass(eq=False)
class Table:
    """What is known of one table of a production: its newest rows, and who came and went since those were read."""

    newest: Newest | None = None
    came: set[str] = field(default_factory=set[str])
    went: set[str] = field(default_factory=set[str])

    def begin(self, newest: Newest | None) -> None:
        """Count from here on."""
        self.newest, self.came, self.went = newest, set(), set()

    def kept(self) -> Record | None:
        """What is to be known of it at the next start; None where it is not known now."""
        newest = self.newest
        known = newest and {"total": newest.total, "rows": newest.newest_rows}
        return known and {**known, "came": sorted(self.came), "went": sorted(self.went)}

    def take_up(self, kept: Record, *, seen_late: bool) -> None:
        """Go on from what was kept."""
        known = newest_of(kept["total"], kept["rows"])
        self.newest = known.seen_late() if seen_late else known
        self.came, self.went = set(kept["came"]), set(kept["went"])

    def lost(self, row_id: str) -> None:
        """A row that was there is not any more."""
        if row_id in self.came:
            self.came.remove(row_id)
        else:
            self.went.add(row_id)

    def is_new(self, row: Record) -> bool:
        """Whether a row that no board has was made since, by its own word: its kind's board is not held."""
        return self.newest is None or (row["id"] not in self.newest.stamps and row["created_at"] >= self.newest.stamp)

    def explain(self, newer: Newest) -> bool:
        """Whether there are as many as there were, with those that came and without those that went."""
        return self.newest is not None and newer.total == self.newest.total + len(self.came) - len(self.went)


class Changes:
    """What changes in one production, as one identity is shown it. `asset_types`: the names of types by id."""

    def __init__(self, session: KitsuSession, project_id: str, asset_types: Cached[ById[str]]) -> None:
        self._session = session
        self._project_id = project_id
        self._asset_types = asset_types
        self._tasks = Table()
        self._entities = Table()
        self._taken_up = False
        self.looked_at = datetime.now(UTC)

    def kept(self) -> list[Record] | None:
        """What is to be known at the next start; None where it is not known now."""
        tables = [self._tasks.kept(), self._entities.kept()]
        return [one for one in tables if one is not None] if all(tables) else None

    def take_up(self, kept: Sequence[Record], looked_at: str, *, seen_late: bool) -> None:
        """Go on from what was kept. `seen_late`: what was written before that may not have been seen."""
        self.looked_at, self._taken_up = datetime.fromisoformat(looked_at), True
        for table, its in zip((self._tasks, self._entities), kept, strict=True):
            table.take_up(its, seen_late=seen_late)

    async def begin(self) -> bool:
        """Note what is newest, before boards are read. False where this Zou does not tell."""
        self.looked_at = datetime.now(UTC)
        tasks, entities = await gather(
            partial(newest, self._session, "data/tasks", self._project_id, fields="id,updated_at"),
            partial(newest, self._session, "data/entities", self._project_id, fields="id,updated_at"),
        )
        self._tasks.begin(tasks)
        self._entities.begin(entities)
        return tasks is not None and entities is not None

    async def told(self, told: Changed, held: Held) -> Patch | None:
        """What was told of, as Kitsu has it now. None: that is too much, or not to be known in this way."""
        if len(told.tasks) + len(told.entities) + len(told.castings) > MOST_IDS:
            return None
        episodes = await self._episodes_above(told.castings, held)
        if episodes is None:
            return None
        names = await self._type_names(needed="asset" in held and "asset_types" in told.reference)
        patch = await self._complete({}, {}, told.tasks, told.entities | episodes, held, names)
        return replace(patch, casts=bool(told.castings or patch.entities or patch.gone))

    async def since(self, told: Changed, held: Held) -> Patch | None:
        """What was written since the last time or the beginning, and what was told of. None: that is too much, or
        something is gone that was not told of.
        """
        was_tasks, was_entities, looked_at = self._tasks.newest, self._entities.newest, datetime.now(UTC)
        if was_tasks is None or was_entities is None or len(told.tasks) + len(told.entities) > MOST_IDS:
            return None
        (new_tasks, new_entities), names = await gather_both(
            partial(
                gather,
                partial(newest, self._session, "data/tasks", self._project_id, was_tasks, relations="true"),
                partial(newest, self._session, "data/entities", self._project_id, was_entities),
            ),
            partial(self._type_names, needed="asset" in held),
        )
        if new_tasks is None or new_entities is None:
            return None
        if self._taken_up and not (was_tasks.is_of_before(new_tasks) and was_entities.is_of_before(new_entities)):
            return None
        tasks, entities = was_tasks.since(new_tasks.rows), was_entities.since(new_entities.rows)
        patch = await self._complete(tasks, entities, told.tasks, told.entities, held, names)
        if not (self._tasks.explain(new_tasks) and self._entities.explain(new_entities)):
            patch |= await self._deleted(max(was_tasks.stamp, was_entities.stamp), patch, held)
        if not (self._tasks.explain(new_tasks) and self._entities.explain(new_entities)):
            return None
        went = bool(self._tasks.went or self._entities.went)
        self.looked_at, self._taken_up = looked_at, False
        self._tasks.begin(new_tasks)
        self._entities.begin(new_entities)
        of_entities = not all(map(was_entities.is_unwritten, patch.entities.values()))
        of_tasks = not all(map(was_tasks.is_unwritten, patch.tasks.values()))
        casts = of_entities or not was_entities.is_older_than(was_tasks) or bool(told.castings or patch.gone)
        return replace(patch, casts=casts, explains=of_entities or of_tasks or went)

    async def _deleted(self, since: str, patch: Patch, held: Held) -> Patch:
        """What else went since this stamp, by Kitsu's log, which admins and managers may read: no other route tells of
        it for less than the boards cost (Zou 1.0.97).
        """
        query = {"project_id": self._project_id, "name_suffixes": "delete", "after": since, "limit": str(MOST_DELETED)}
        try:
            log: Sequence[Record] = await self._session.read("data/events/last", query)
        except (NotFound, NotPermitted, Refused):
            log = []
        known = patch.gone | patch.tasks.keys() | patch.entities.keys()

        def named(*kinds: str) -> set[str]:
            of = {f"{kind}:delete": f"{kind}_id" for kind in kinds}
            ids = [Answer(200, one["data"]).fields.get(of[one["name"]]) for one in log if one["name"] in of]
            return set(filter(is_uuid, map(str, ids))) - known

        return await self._complete({}, {}, named("task"), named(*ALL_KINDS), held, patch.type_names)

    async def _complete(
        self,
        tasks: dict[str, Record],
        entities: dict[str, Record],
        task_ids: Set[str],
        entity_ids: Set[str],
        held: Held,
        names: Mapping[str, str],
    ) -> Patch:
        """These rows and those with these ids, and what is needed beside them to lay them over what is held."""
        task_ids, entity_ids = task_ids - tasks.keys(), entity_ids - entities.keys()
        by_id, others = await gather(
            partial(self._rows, "data/tasks", "id", task_ids), partial(self._rows, "data/entities", "id", entity_ids)
        )
        tasks, entities = tasks | by_id, entities | others
        unknown = _unheld((one["entity_id"] for one in tasks.values()), held) - entities.keys()
        entities |= await self._rows("data/entities", "id", unknown)
        shown = [one for one in entities.values() if any(belongs(one, key) for key in held)]
        tasks |= await self._rows("data/tasks", "entity_id", _unheld((one["id"] for one in shown), held))
        gone = (task_ids | entity_ids | unknown) - tasks.keys() - entities.keys()
        self._count(tasks, entities, gone, held)
        types = {one["entity_type_id"] for one in shown if kind_in(one) == "asset"}
        if "asset" in held and not types <= held["asset"].children.keys() | names.keys():
            names = await self._type_names(needed=True)
        cast = await self._cast(entities, gone, held) if "asset" in held else {}
        return Patch(entities, tasks, gone, cast, names)

    async def _type_names(self, *, needed: bool) -> Mapping[str, str]:
        """The names of asset types by id: a renaming writes no row of an asset, and may hide behind other changes."""
        return await self._asset_types.get(time.monotonic()) if needed else {}

    async def _episodes_above(self, shots: Set[str], held: Held) -> Set[str] | None:
        """The episodes of shots whose casting changed: theirs follows it, untold (Zou 1.0.97). None: not to be seen."""
        if "asset" not in held or "episode" not in held:
            return NONE
        known = {one: entity for one in shots if (entity := _entity(one, held)) is not None}
        others = await self._rows("data/entities", "id", shots - known.keys())
        parents = {one.parent_id for one in known.values() if one.kind == "shot"} | {
            record["parent_id"] or "" for record in others.values() if kind_in(record) == "shot"
        }
        sequences = held["sequence"].by_id if "sequence" in held else {}
        above = {sequences[one].parent_id for one in parents if one in sequences}
        return above - {""} if parents - {""} <= sequences.keys() else None

    async def _cast(self, entities: Mapping[str, Record], gone: Set[str], held: Held) -> dict[str, Set[str]]:
        """The assets that are cast in the episodes among these."""
        episodes = [one for one, record in entities.items() if kind_in(record) == "episode"]
        rows = await self._rows("data/entities", "id", episodes, relations="true")
        cast: dict[str, Set[str]] = {one: frozenset(record["entities_out"]) for one, record in rows.items()}
        return cast | {one: NONE for one in gone if "episode" in held and one in held["episode"].by_id}

    async def _rows(self, path: str, column: str, ids: Iterable[str], **query: str) -> dict[str, Record]:
        if path == "data/tasks":
            query["relations"] = "true"
        found = await records_by(self._session, path, column, ids, project_id=self._project_id, **query)
        return {one["id"]: one for one in found}

    def _count(self, tasks: Mapping[str, Record], entities: Mapping[str, Record], gone: Set[str], held: Held) -> None:
        """Note who came and who went."""
        for one_id, record in entities.items():
            if _entity(one_id, held) is None and (kind_in(record) in held or self._entities.is_new(record)):
                self._entities.came.add(one_id)
        for one_id, record in tasks.items():
            entity, its_record = _entity(record["entity_id"], held), entities.get(record["entity_id"])
            if entity is not None and any(task.id == one_id for task in entity.tasks):
                continue
            kind = entity.kind if entity is not None else kind_in(its_record) if its_record is not None else ""
            if kind in held or self._tasks.is_new(record):
                self._tasks.came.add(one_id)
        for one in {one.id: one for board in held.values() for one in board.entities}.values() if gone else ():
            if one.id in gone:
                self._entities.lost(one.id)
            for task in one.tasks:
                if (one.id in gone or task.id in gone) and task.id not in tasks:
                    self._tasks.lost(task.id)


def _entity(one_id: str, held: Held) -> Entity | None:
    return next((board.by_id[one_id] for board in held.values() if one_id in board.by_id), None)


def _unheld(ids: Iterable[str], held: Held) -> set[str]:
    return {one for one in ids if _entity(one, held) is None}
