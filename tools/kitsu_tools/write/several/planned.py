"""Kitsu as it will be once a part of a plan is written, for what is planned upon it: records that are read come with
the fields that the part sets, and what it makes is there, by placeholders.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from typing import Any, TypeGuard, cast
from urllib.parse import parse_qsl

import orjson

from kitsu_tools.gate.change import Change, ids_in
from kitsu_tools.tracker.addresses import encoded
from kitsu_tools.tracker.board import Board, Key, View, kind_of
from kitsu_tools.tracker.board_patches import Patch, entities_over
from kitsu_tools.tracker.board_rows import Rows
from kitsu_tools.tracker.finder import Finder
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.lookup import Lookup
from kitsu_tools.tracker.model import Entity, Project
from kitsu_tools.tracker.reading import Reading
from kitsu_tools.tracker.session import KitsuSession
from kitsu_tools.tracker.zou_answer import MOST_BYTES
from kitsu_tools.write.several.new_records import Records, columns_set, new_records, removed

_STRUCTURE = ("episode", "sequence")
_LISTS = ("data/entities", "data/shots/all", "data/assets/all")
"""Routes that answer records of entities by their columns, the latter two by such as only shots and assets have."""


async def planned(kitsu: Kitsu, changes: Sequence[Change]) -> Kitsu:
    """Kitsu as it will be after these, to be read from alone."""
    columns = columns_set(changes)
    if not columns:
        return kitsu
    await kitsu.session.open()
    entities, tasks = await new_records(kitsu, changes)
    gone = removed(changes)
    patch = Patch(entities, tasks, gone, type_names=await kitsu.directory.asset_types.get())
    session = _PlannedSession(kitsu.session, columns, {**dict.fromkeys(_LISTS, entities), "data/tasks": tasks}, gone)
    return _PlannedKitsu(kitsu, session, patch)


class _PlannedKitsu(Kitsu):
    """The one it is made of, with a session that reads what is planned, and on its boards what is made."""

    def __init__(self, kitsu: Kitsu, session: KitsuSession, patch: Patch) -> None:
        self.__dict__.update(vars(kitsu))
        self._kitsu = kitsu
        self._patch = patch
        self._laid: dict[tuple[View, tuple[Key, ...]], View] = {}
        self.session = session
        self.find = Finder(Lookup(session, self.directory, self.reading), self.pages)

    async def reading(self, project: Project) -> Reading:
        """A production as it will be."""
        return _PlannedReading(await self._kitsu.reading(project), self._patch, self._laid)


class _PlannedReading(Reading):
    """The reading it is made of, with what is made on its boards. `laid`: the views so far, by what they are of."""

    def __init__(self, reading: Reading, patch: Patch, laid: dict[tuple[View, tuple[Key, ...]], View]) -> None:
        self.__dict__.update(vars(reading))
        self._patch = patch
        self._laid = laid

    async def view(self, *keys: Key) -> View:
        """The boards behind these keys."""
        there: list[Key] = [key for key in keys if isinstance(key, str) or key[1] not in self._patch.entities]
        view = await super().view(*there)
        if (view, keys) not in self._laid:
            self._laid[view, keys] = View(self._over({**view.boards, **self._empty(view, keys)}), view.as_of)
        return self._laid[view, keys]

    def held_entity(self, entity_id: str) -> Entity | None:
        """The entity with this id where a board that was looked at has it, or one that needs no reading."""
        found = (one.entity(entity_id) for one in reversed(self._laid.values()))
        return next(filter(None, found), None) or super().held_entity(entity_id)

    def _empty(self, view: View, keys: Sequence[Key]) -> dict[Key, Board]:
        """The boards of what is not there yet."""
        some = next(iter(view.boards.values()))
        return {key: replace(some, entities=[]) for key in keys if key not in view.boards}

    def _over(self, boards: Mapping[Key, Board]) -> dict[Key, Board]:
        laid: dict[Key, Board] = {}
        for key, board in boards.items():
            above = {one.id: one for name in _STRUCTURE if name in laid for one in laid[name].entities}
            rows = Rows(kind_of(key), encoded(self.project.name), above)
            laid[key] = replace(board, entities=entities_over(board, key, self._patch, rows, anew=False))
        return laid


class _PlannedSession(KitsuSession):
    """The session it is made of, which must be open: what it reads has the planned fields, by the id of a record, and
    what is made, but for what is `gone`. On what is not there yet hangs nothing.
    """

    def __init__(self, session: KitsuSession, planned: Records, made: Mapping[str, Records], gone: Set[str]) -> None:
        self.__dict__.update(vars(session))
        self._planned = planned
        self._made = made
        self._gone = gone
        self._placeholders = frozenset(one for records in made.values() for one in records)

    async def read(self, path: str, params: Mapping[str, str] | None = None, most_bytes: int = MOST_BYTES) -> Any:  # noqa: ANN401  what Zou answers
        """As the session reads, with what is planned."""
        table, _, query = path.partition("?")
        parent, _, last = table.rpartition("/")
        if last in self._made.get(parent, ()):
            return self._over(self._made[parent][last])
        if not self._placeholders.isdisjoint(table.split("/")):
            return []
        asked = {**dict(parse_qsl(query)), **(params or {})}
        wanted = {column: ids_in(text) or [text] for column, text in asked.items()}
        left = {column: [one for one in several if one not in self._placeholders] for column, several in wanted.items()}
        new = [one for one in self._made.get(table, {}).values() if _fits(one, wanted)]
        answer: Any = []
        if left == wanted:
            answer = await super().read(path, params, most_bytes)
        elif all(left.values()):
            fewer = {column: orjson.dumps(ids).decode() for column, ids in left.items() if ids != wanted[column]}
            answer = await super().read(table, asked | fewer, most_bytes)
        if not isinstance(answer, list):
            return self._over(answer)
        return [self._over(one) for one in (*cast("list[Any]", answer), *new) if not self._is_gone(one)]

    def _is_gone(self, record: object) -> bool:
        return bool(self._gone) and _is_record(record) and record.get("id") in self._gone

    def _over(self, record: Any) -> Any:  # noqa: ANN401  JSON
        columns = self._planned.get(str(record.get("id"))) if _is_record(record) else None
        if not columns:
            return record
        data: dict[str, Any] = {**(record.get("data") or {}), **columns.get("data", {})}
        return {**record, **columns, **({"data": data} if data else {})}


def _fits(record: Mapping[str, Any], wanted: Mapping[str, Sequence[str]]) -> bool:
    return all(record[column] in several for column, several in wanted.items() if column in record)


def _is_record(one: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(one, dict)
