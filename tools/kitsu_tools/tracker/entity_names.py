"""The names in all open productions: by routes that tell no tasks, held, kept on disk, and brought up to date by one
request for a hundred productions.

`data/entities` gives a page, newest first, with a total (see `newest`): where neither differs, no name does. It answers
by the identity's own role, the routes of a production by that on it. So it is of use to roles that are shown everything
alone (`shows_rows_as_boards`), and a production of which Zou refuses a part is left to its boards.

The routes of one production take 0.33 s and 4.5 MB for Big Feature's 7,100 names, and 0.04 s for 60. `data/entities`
with `fields` is 1.9 MB, but takes 2.7 s; a page of it takes 35 ms, of one production or of a hundred (Zou 1.0.97).
What is written while names are read is found as what is written later: by the next page.
"""

import time
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

import anyio
import orjson

from kitsu_tools.tracker.addresses import encoded
from kitsu_tools.tracker.board import ALL_KINDS, Board
from kitsu_tools.tracker.board_patches import Patch, as_on_board, entities_over, kind_in
from kitsu_tools.tracker.board_rows import Record, Rows
from kitsu_tools.tracker.cache import Cache
from kitsu_tools.tracker.cached import ById
from kitsu_tools.tracker.collection import without_collection
from kitsu_tools.tracker.directory import Directory
from kitsu_tools.tracker.errors import NotFound, NotPermitted
from kitsu_tools.tracker.gather import gather, gather_both
from kitsu_tools.tracker.kept_boards import KeptBoards
from kitsu_tools.tracker.model import Entity, Kind, Project
from kitsu_tools.tracker.newest import KNOWN_ROWS, LATE, LONG_AGO, OVERLAP, PAGES
from kitsu_tools.tracker.session import KitsuSession
from kitsu_tools.tracker.zou_answer import Answer

PROJECTS_AT_ONCE = 100
"""Their ids fit into the line of a request."""
READ_AT_ONCE = 8
READ_SECONDS = 20.0
"""After so long no further productions are begun with: hosts give calls up after a minute."""
NAMED = ("id", "name", "parent_id", "entity_type_id", "source_id", "canceled", "status")
FIELDS = ",".join((*NAMED, "project_id", "type", "updated_at"))
STRUCTURE: tuple[Kind, ...] = ("episode", "sequence")

T = TypeVar("T")
Told = Callable[[int, int], Awaitable[None]]


@dataclass(eq=False)
class NamesOf:
    """The entities of a production, without tasks or data. `stamps`: when each was written; `total`: how many Zou
    counts, of kinds that have no name here too; `read_at`: when its routes were read, by the monotonic clock. What was
    worked out from them is in `memo`.
    """

    project: Project
    boards: Mapping[Kind, Board]
    stamps: Mapping[str, str]
    total: int
    looked_at: datetime
    read_at: float = float("-inf")
    is_kept: bool = False
    memo: dict[Hashable, Any] = field(default_factory=dict[Hashable, Any])

    def memoised(self, key: Hashable, work: Callable[[], T]) -> T:
        """What `work` makes of them, made once as long as nobody wants it otherwise."""
        if key not in self.memo:
            self.memo = {key: work()}
        return self.memo[key]

    @property
    def entities(self) -> list[Entity]:
        """All of them, by kind."""
        return [one for kind in ALL_KINDS if kind in self.boards for one in self.boards[kind].entities]

    @property
    def stamp(self) -> str:
        """When the newest was written, UTC; empty for none."""
        return max(self.stamps.values(), default="")


class EntityNames:
    """The names that one identity sees, by production."""

    def __init__(self, session: KitsuSession, directory: Directory, cache: Cache | None) -> None:
        self._session = session
        self._directory = directory
        self._cache = cache
        self._held: dict[str, NamesOf] = {}
        self._looked_for: set[str] = set()
        self._turn = anyio.Lock()

    async def hold(self, projects: Sequence[Project]) -> bool:
        """Whether the names of all of these are held or on disk, however old."""
        async with self._turn:
            await self._take_up(projects)
        return all(one.id in self._held for one in projects)

    async def foresee(self) -> list[NamesOf]:
        """What is on disk of the open productions, where it is little; brought up to date once it is asked for."""
        if self._cache is None or not await self._cache.has_few_names():
            return []
        async with self._turn:
            await self._take_up(await self._directory.open_projects.get())
        return list(self._held.values())

    async def of(self, projects: Sequence[Project], told: Told) -> tuple[list[NamesOf], list[Project]]:
        """The names of these productions as they are now, and the productions that there was no time for.

        Those of a production that Zou shows in part only are not among them: `NotPermitted` there, or a role on it.
        """
        async with self._turn:
            await self._take_up(projects)
            await gather(*[partial(self._revalidate, chunk) for chunk in _chunks(projects)])
            missing = [one for one in projects if one.id not in self._held]
            until, read, done = time.monotonic() + READ_SECONDS, dict[str, NamesOf](), len(projects) - len(missing)
            for chunk in _chunks(missing):
                if time.monotonic() >= until:
                    break
                looked_at, ids = datetime.now(UTC), [one.id for one in chunk]
                (total, newest), found = await self._page(ids, 1), dict[str, NamesOf]()
                for group in _chunks(chunk, READ_AT_ONCE):
                    if time.monotonic() >= until:
                        break
                    await told(done, len(projects))
                    names = await gather(*[partial(self._read_one, one, looked_at) for one in group])
                    found |= {one.project.id: one for one in names if one is not None}
                    done += len(group)
                read |= found
                await self._hold(found, ids, total, newest)
            known = self._held | read
            left = missing[done - len(projects) :] if done < len(projects) else []
            return [known[one.id] for one in projects if one.id in known], left

    def forget(self, project: Project) -> None:
        """Hold nothing of a production."""
        self._held.pop(project.id, None)

    async def keep(self) -> bool:
        """Keep for the next start what was not kept yet; False where there is none."""
        unkept = [one for one in self._held.values() if not one.is_kept]
        if self._cache is None:
            return False
        for names in unkept:
            names.is_kept = True
            table: Record = {"total": names.total, "stamps": names.stamps}
            at = names.looked_at.isoformat()
            entities: dict[Kind, Sequence[Entity]] = {kind: board.entities for kind, board in names.boards.items()}
            kept = KeptBoards(await self._cache.who(names.project, ""), "", at, at, [table], entities)
            await self._cache.write_names(names.project, kept)
        return bool(unkept)

    async def _take_up(self, projects: Sequence[Project]) -> None:
        """Hold what an earlier process kept."""
        wanted = [one for one in projects if one.id not in self._looked_for]
        self._looked_for |= {one.id for one in wanted}
        if self._cache is None or not wanted:
            return
        for project, kept in zip(wanted, await self._cache.read_names(wanted), strict=True):
            if kept is not None and kept.who == await self._cache.who(project, ""):
                (table,), looked_at = kept.tables, datetime.fromisoformat(kept.looked_at)
                boards: dict[Kind, Board] = {one: _board(kept.boards[one]) for one in ALL_KINDS if one in kept.boards}
                self._held[project.id] = NamesOf(
                    project, boards, table["stamps"], table["total"], looked_at, is_kept=True
                )

    async def _revalidate(self, projects: Sequence[Project]) -> None:
        """Bring what is held of these up to date; what cannot be is let go."""
        for one in projects:
            if one.id in self._held and self._held[one.id].project.name != one.name:  # addresses are made of it
                self.forget(one)
        held, looked_at = {one.id: self._held[one.id] for one in projects if one.id in self._held}, datetime.now(UTC)
        if not held:
            return
        # A type that was renamed writes no row of an asset.
        read_types = partial(self._directory.asset_types.get, time.monotonic())
        changed, types = await gather_both(partial(self._changed, held), read_types)
        if changed is None:
            self._held = {key: names for key, names in self._held.items() if key not in held}
            return
        total, newest, rows = changed
        # Where what was newest is gone, a backup may have been put back.
        odd = {key for key, names in held.items() if names.stamp > newest}
        odd |= {row["project_id"] for row in rows if kind_in(row) not in ALL_KINDS}
        for key in held.keys() - odd:
            self._held[key] = _laid_over(held[key], [row for row in rows if row["project_id"] == key], types, looked_at)
        for key in odd:
            del self._held[key]
        for key in await self._miscounted([key for key in held if key not in odd], None if odd else total):
            del self._held[key]

    async def _changed(self, held: Mapping[str, NamesOf]) -> tuple[int, str, list[Record]] | None:
        """How many entities there are now, when the newest was written, and those that may have been written since.
        None: that is too many.
        """
        stamp, looked_at = max(one.stamp for one in held.values()), min(one.looked_at for one in held.values())
        # Kitsu shows a row later than it stamps it, and our clocks differ.
        is_settled = stamp < (looked_at - LONG_AGO).isoformat()
        earliest = (datetime.fromisoformat(stamp) - (OVERLAP if is_settled else LATE)).isoformat() if stamp else ""
        for limit in (1, *PAGES) if is_settled else PAGES:
            total, rows = await self._page(list(held), limit)
            newest = rows[0]["updated_at"] if rows else ""
            known = {row["id"] for row in rows if held[row["project_id"]].stamps.get(row["id"]) == row["updated_at"]}
            late = "" if is_settled else earliest
            unknown = [row for row in rows if row["id"] not in known or (late and row["updated_at"] >= late)]
            if limit == 1 and not unknown and total == sum(one.total for one in held.values()):
                return total, newest, []
            is_reached = is_settled and len(known) >= KNOWN_ROWS
            if is_reached or len(rows) == total or rows[-1]["updated_at"] < earliest:
                return total, newest, unknown
        return None

    async def _miscounted(self, ids: Sequence[str], total: int | None) -> list[str]:
        """Of these productions, those of which Zou counts more or fewer than are held."""
        counted = (await self._page(ids, 1))[0] if total is None and ids else total
        if not ids or counted == sum(self._held[one].total for one in ids):
            return []
        half = len(ids) // 2
        halves = [await self._miscounted(part, None) for part in (ids[:half], ids[half:])] if half else [list(ids)]
        return [one for part in halves for one in part]

    async def _page(self, ids: Sequence[str], limit: int) -> tuple[int, Sequence[Record]]:
        """How many entities these productions have, and the newest."""
        query = {"project_id": orjson.dumps(ids).decode(), "page": "1", "limit": str(limit), "fields": FIELDS}
        fields = Answer(200, await self._session.read("data/entities", query)).fields
        return fields.get("total") or 0, fields.get("data") or []

    async def _hold(
        self, found: Mapping[str, NamesOf], ids: Sequence[str], total: int, newest: Sequence[Record]
    ) -> None:
        """Hold what was read of these productions since they had this total and this newest entity."""
        if len(found) == len(ids) and total == sum(one.total for one in found.values()):
            self._held |= found
            return
        # Some have what has no name here, or something came or went: it is known of which once nothing does.
        now, rows = await self._page(ids, PAGES[0])
        if (now, rows[:1]) != (total, newest):
            return
        for row in rows:
            if (names := found.get(row["project_id"])) is not None:
                names.stamps = {row["id"]: row["updated_at"], **names.stamps}
        self._held |= found
        for key in await self._miscounted(list(found), None):
            self._held[key].total, _ = await self._page([key], 1)

    async def _read_one(self, project: Project, looked_at: datetime) -> NamesOf | None:
        kinds: list[Kind] = [kind for kind in ALL_KINDS if kind != "episode" or project.has_episodes]
        boards, stamps, read_at = dict[Kind, Board](), dict[str, str](), time.monotonic()
        done = {kind: anyio.Event() for kind in STRUCTURE if kind in kinds}

        async def read(kind: Kind) -> None:
            records = await self._session.read(f"data/projects/{project.id}/{kind}s")
            types = await self._directory.asset_types.get() if kind == "asset" else ById[str]()
            for above in STRUCTURE[: STRUCTURE.index(kind) if kind in STRUCTURE else None]:
                if above in done:
                    await done[above].wait()
            with without_collection():
                boards[kind] = _board(named(project, kind, records, _parents(boards), types))
            stamps.update({record["id"]: record["updated_at"] for record in records})
            if kind in done:
                done[kind].set()

        try:
            await gather(*[partial(read, kind) for kind in kinds])
        except (NotFound, NotPermitted):
            return None
        return NamesOf(project, boards, stamps, len(stamps), looked_at, read_at)


def named(
    project: Project, kind: Kind, records: Iterable[Record], parents: Mapping[str, Entity], types: Mapping[str, str]
) -> list[Entity]:
    """Records of one kind as entities with addresses, without tasks and data. `types`: names of asset types by id."""
    rows = Rows(kind, encoded(project.name), parents)
    entities = [rows.entity(as_on_board({name: record.get(name) for name in NAMED}, kind)) for record in records]
    for one in entities if kind == "asset" else ():
        one.type_name = types.get(one.parent_id, "")
    return rows.addressed(entities)


def _laid_over(names: NamesOf, changed: Sequence[Record], types: Mapping[str, str], looked_at: datetime) -> NamesOf:
    """The same names, with what was written since."""
    patch = Patch({row["id"]: row for row in changed}, {}, type_names=types)
    boards: dict[Kind, Board] = {}
    for kind in ALL_KINDS:
        board = names.boards.get(kind)
        if board is not None:
            rows = Rows(kind, encoded(names.project.name), _parents(boards))
            is_other = any(boards[one] is not names.boards[one] for one in STRUCTURE if one in boards)
            entities = entities_over(board, kind, patch, rows, anew=is_other)
            boards[kind] = board if entities is board.entities else _board(entities)
    if not changed and all(board is names.boards[kind] for kind, board in boards.items()):
        names.looked_at = looked_at
        return names
    came = sum(row["id"] not in names.stamps for row in changed)
    stamps = {**names.stamps, **{row["id"]: row["updated_at"] for row in changed}}
    return NamesOf(names.project, boards, stamps, names.total + came, looked_at, names.read_at)


def _chunks(projects: Sequence[Project], size: int = PROJECTS_AT_ONCE) -> list[Sequence[Project]]:
    return [projects[at : at + size] for at in range(0, len(projects), size)]


def _parents(boards: Mapping[Kind, Board]) -> dict[str, Entity]:
    return {key: one for kind in STRUCTURE if kind in boards for key, one in boards[kind].by_id.items()}


def _board(entities: Sequence[Entity]) -> Board:
    return Board(list(entities), "", 0, 0.0, datetime.now(UTC))
