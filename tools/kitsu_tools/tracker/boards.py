"""Boards: a production's entities with their tasks, held and revalidated before each use.

Every held board carries the **tag** that Zou gave just before the board was read. The tag is the ETag of a board
narrowed to nothing (`id` of no entity): it costs 13 ms whether anything changed or not, changes with every entity,
task and project row of the production (source: `get_project_board_fingerprint`, Zou 1.0.97), and so vouches for the
boards that have no ETag of their own. A board whose tag is still the current one is current; any other is read again
before it answers. Addresses are made of the names above, so a board whose episodes or sequences were read under another
tag carries none.

Older Zou (before 1.0.75) gives no ETag: boards are then reread by age, and answers say `as_of`.
"""

import time
from collections.abc import Awaitable, Callable, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, Literal, TypeAlias, TypeVar

from anyio import to_thread

from kitsu_tools.tracker.addresses import encoded
from kitsu_tools.tracker.board_rows import Rows
from kitsu_tools.tracker.by_ids import records_by
from kitsu_tools.tracker.cached import SingleFlight
from kitsu_tools.tracker.errors import NotFound, NotPermitted, Refused
from kitsu_tools.tracker.gather import gather
from kitsu_tools.tracker.model import Entity, EntityRecord, Kind, Project
from kitsu_tools.tracker.records import entity_record_of
from kitsu_tools.tracker.session import KitsuSession
from kitsu_tools.tracker.zou_answer import Answer

NOTHING = "00000000-0000-0000-0000-000000000000"
FULL_REREAD_SECONDS = 900.0
AGE_SECONDS_WITHOUT_ETAG = 20.0
MEMO_ENTRIES = 200
FEW_SHOTS = 300
"""So many are read a second time in 25 ms; of more it is asked first how many there are."""
ALL_KINDS: tuple[Kind, ...] = ("episode", "sequence", "shot", "asset", "edit", "concept")

T = TypeVar("T")

Shots: TypeAlias = tuple[Literal["shots of"], str]
Shared: TypeAlias = tuple[Literal["assets shared with"], str]
Key: TypeAlias = Kind | Shots | Shared
"""A whole board, the shots of one sequence by the narrow routes, or what an episode or all (empty) has of others."""


@dataclass(eq=False)
class Board:
    """One board as it was read. `hidden`: the role may not see it, and it counts nothing."""

    entities: list[Entity]
    tag: str
    read_at: float
    as_of: datetime
    hidden: bool = False
    shared: list[EntityRecord] = field(default_factory=list[EntityRecord])
    by_id: dict[str, Entity] = field(init=False)
    children: dict[str, list[Entity]] = field(init=False)

    def __post_init__(self) -> None:
        self.by_id = {one.id: one for one in self.entities}
        self.children = {}
        for one in self.entities:
            self.children.setdefault(one.parent_id, []).append(one)


@dataclass(eq=False)
class View:
    """The boards that one question looks at, all current at one moment. `memo` keeps what was worked out from them."""

    boards: Mapping[Key, Board]
    as_of: str
    memo: dict[Hashable, Any] = field(default_factory=dict[Hashable, Any])

    def memoised(self, key: Hashable, work: Callable[[], T]) -> T:
        """What `work` makes of this view, made once for each key."""
        if key not in self.memo:
            if len(self.memo) >= MEMO_ENTRIES:
                self.memo.clear()
            self.memo[key] = work()
        return self.memo[key]

    def entity(self, entity_id: str) -> Entity | None:
        """The entity with this id in any of the boards."""
        return next((board.by_id[entity_id] for board in self.boards.values() if entity_id in board.by_id), None)

    def below(self, parent_id: str) -> list[Entity]:
        """The entities directly below this one."""
        return [one for board in self.boards.values() for one in board.children.get(parent_id, ())]

    @property
    def hidden(self) -> list[str]:
        """The kinds that the role may not see."""
        return [f"{key}s" for key, board in self.boards.items() if board.hidden]

    def entities(self, *kinds: Kind) -> list[Entity]:
        """Entities of these kinds, omitted ones too; of every held board when no kind is named."""
        return [one for key, board in self.boards.items() if not kinds or _kind(key) in kinds for one in board.entities]


class Boards:
    """The boards of one production as one signed-in identity sees them."""

    def __init__(self, session: KitsuSession, project: Project, shot_type: Callable[[], Awaitable[str]]) -> None:
        self._session = session
        self._shot_type = shot_type
        self.project = project
        self._held: dict[Key, Board] = {}
        self._flights: dict[Key, SingleFlight] = {}
        self._views: dict[tuple[Key, ...], View] = {}
        self._tag = ""
        self._no_tag_until = float("-inf")
        self._probing = SingleFlight()
        self._probes = 0
        self._probed_after = 0

    async def now(self) -> "Reading":
        """One revalidation, for one question: everything the reading then shows is current as of it, or newer."""
        await self._revalidate()
        return Reading(self)

    def holds_current(self, key: Key) -> bool:
        """True when this board needs no reading, going by the last revalidation."""
        board = self._held.get(key)
        return board is not None and self._is_current(board)

    def held_entity(self, entity_id: str) -> Entity | None:
        """As `Reading.held_entity`."""
        current = (board for board in self._held.values() if self._is_current(board))
        return next((board.by_id[entity_id] for board in current if entity_id in board.by_id), None)

    async def view(self, *keys: Key) -> View:
        """The boards behind these keys, reading those that are missing or out of date. Episodes and sequences come
        along, because addresses are made of them.
        """
        structure = self._structure()
        rest: list[Key] = [key for key in dict.fromkeys(keys) if key not in structure]
        found = await gather(*[partial(self._board, key) for key in rest])
        boards: dict[Key, Board] = {key: await self._board(key) for key in structure}
        return self._view_of(boards | dict(zip(rest, found, strict=True)))

    async def shared_assets(self, episode_id: str) -> list[EntityRecord]:
        """As `Reading.shared_assets`. A casting changes the tag, so that it vouches for them too."""
        return (await self._board(("assets shared with", episode_id))).shared

    def _structure(self) -> tuple[Key, ...]:
        """What addresses are made of, each after what its own are made of."""
        return ("episode", "sequence") if self.project.has_episodes else ("sequence",)

    def _view_of(self, boards: dict[Key, Board]) -> View:
        """The same view, with what was worked out from it, as long as its boards are the same."""
        keys = tuple(boards)
        held = self._views.get(keys)
        if held is not None and all(held.boards[key] is board for key, board in boards.items()):
            return held
        oldest = min(board.as_of for board in boards.values())
        view = View(boards, "" if self._tag else oldest.isoformat(timespec="seconds"))
        self._views[keys] = view
        return view

    async def _revalidate(self) -> None:
        """Ask for the current tag. Whoever comes while it is asked shares the answer, unless we wrote meanwhile."""
        seen = self._probes

        def asked() -> bool:
            asked_meanwhile = self._probes > seen and self._probed_after == self._session.writes
            return asked_meanwhile or time.monotonic() < self._no_tag_until

        await self._probing.work(asked, self._probe)

    async def _probe(self) -> None:
        writes = self._session.writes
        answer = await self._session.read_if_changed("data/shots/with-tasks", self._query(id=NOTHING), self._tag)
        if answer.status != 304:
            self._tag = answer.etag
            self._no_tag_until = float("-inf") if answer.etag else time.monotonic() + FULL_REREAD_SECONDS
        self._probes, self._probed_after = self._probes + 1, writes

    async def _board(self, key: Key) -> Board:
        await self._flights.setdefault(key, SingleFlight()).work(
            partial(self.holds_current, key), partial(self._read_anew, key)
        )
        return self._held[key]

    async def _read_anew(self, key: Key) -> None:
        self._forget_stale_sequences()
        self._held[key] = await self._read(key)

    def _is_current(self, board: Board) -> bool:
        return self._vouches(board.tag, board.read_at)

    def _vouches(self, tag: str, read_at: float) -> bool:
        """True while what was read then, under this tag, is what Kitsu has now."""
        age = time.monotonic() - read_at
        if not self._tag:
            return age < AGE_SECONDS_WITHOUT_ETAG
        return tag == self._tag and age < FULL_REREAD_SECONDS

    def _forget_stale_sequences(self) -> None:
        """Drop narrow boards that can no longer answer, so that a long session does not gather them."""
        stale = [key for key, board in self._held.items() if isinstance(key, tuple) and not self._is_current(board)]
        for key in stale:
            del self._held[key]
        self._views = {keys: view for keys, view in self._views.items() if not any(key in stale for key in keys)}

    async def _read(self, key: Key) -> Board:
        if key[0] == "assets shared with":
            tag, read_at, as_of = self._tag, time.monotonic(), datetime.now(UTC)
            return Board([], tag, read_at, as_of, shared=await self._read_shared(key[1]))
        above = [await self._board(one) for one in self._above(key)]
        parents = {entity_id: one for board in above for entity_id, one in board.by_id.items()}
        # It is as old as the oldest of those, and vouched for only by a tag that all of them carry.
        tag = self._tag if all(board.tag == self._tag for board in above) else ""
        read_at = min([time.monotonic(), *(board.read_at for board in above)])
        as_of = min([datetime.now(UTC), *(board.as_of for board in above)])
        rows = Rows(_kind(key), encoded(self.project.name), parents)
        try:
            entities = (
                await self._read_sequence(key[1], rows) if isinstance(key, tuple) else await self._read_board(key, rows)
            )
        except NotPermitted:
            # The narrow routes are closed to vendors, the board is not (seen on Zou 1.0.97).
            if isinstance(key, tuple):
                return _only(await self._board("shot"), key[1])
            return Board([], tag, read_at, as_of, hidden=True)
        return Board(entities, tag, read_at, as_of)

    async def _read_shared(self, episode_id: str) -> list[EntityRecord]:
        below = f"/episodes/{episode_id}" if episode_id else ""
        try:
            records = await self._session.read(f"data/projects/{self.project.id}{below}/assets/shared-used")
        except (NotFound, NotPermitted):  # a Zou without shared assets, a role without them
            return []
        return list(map(entity_record_of, records))

    async def _read_board(self, kind: Kind, rows: Rows) -> list[Entity]:
        answer = await self._session.read(f"data/{kind}s/with-tasks", self._query())
        # Half a second for 35,000 tasks, during which other questions are to be answered.
        entities = await to_thread.run_sync(rows.entities, answer)
        if kind == "shot" and (len(entities) <= FEW_SHOTS or await self._count_of_shots() > len(entities)):
            return await self._with_loose_shots(entities, rows)
        return entities

    async def _count_of_shots(self) -> int:
        """How many shots there are, whatever they stand in.

        20 ms where the board takes a second, but 240 ms for an identity on 200 teams (Zou 1.0.97).
        """
        query = {"project_id": self.project.id, "entity_type_id": await self._shot_type(), "page": "1", "limit": "1"}
        try:
            return Answer(200, await self._session.read("data/entities", query)).fields.get("total") or 0
        except (NotFound, NotPermitted, Refused):  # by a Zou that does not count: the board is what it shows
            return 0

    async def _with_loose_shots(self, entities: list[Entity], rows: Rows) -> list[Entity]:
        """Also the shots without a sequence: they are on no board of Zou, which joins shots and sequences (1.0.97)."""
        known = {one.id for one in entities}
        try:
            every = await self._session.read(f"data/projects/{self.project.id}/shots")
        except (NotFound, NotPermitted, Refused):
            return entities
        shots = {one["id"]: one for one in every if one["id"] not in known}
        if not shots:
            return entities
        tasks = await records_by(self._session, "data/tasks", "entity_id", shots, relations="true")
        return sorted([*entities, *rows.joined(shots.values(), tasks)], key=lambda one: one.address.casefold())

    async def _read_sequence(self, sequence_id: str, rows: Rows) -> list[Entity]:
        query = {"relations": "true"}
        shots, tasks = await gather(
            partial(self._session.read, f"data/sequences/{sequence_id}/shots", query),
            partial(self._session.read, f"data/sequences/{sequence_id}/shot-tasks", query),
        )
        return rows.joined(shots, tasks)

    def _query(self, **more: str) -> dict[str, str]:
        return {"project_id": self.project.id, "compact": "true", **more}

    def _above(self, key: Key) -> tuple[Key, ...]:
        """The boards that the addresses in this one are made of."""
        structure = self._structure()
        return structure[: structure.index(key)] if key in structure else structure


class Reading:
    """What one question sees of a production. Get it from `Boards.now`, use it for that question, let it go.

    `whole`: the question is of so many shots that their board is read, not each sequence by itself.
    """

    def __init__(self, boards: Boards) -> None:
        self._boards = boards
        self.project = boards.project
        self.whole = False

    async def view(self, *keys: Key) -> View:
        """The boards behind these keys; what is not held is read."""
        return await self._boards.view(*keys)

    async def held(self, key: Key) -> View | None:
        """The board behind this key where it needs no reading; None where it would."""
        return await self._boards.view(key) if self._boards.holds_current(key) else None

    async def shared_assets(self, episode_id: str = "") -> list[EntityRecord]:
        """The assets of other productions that are cast here, or in one episode."""
        return await self._boards.shared_assets(episode_id)

    async def shots_of(self, sequence_id: str) -> View:
        """The shots of one sequence.

        Out of the whole board when that is held and current, or `whole` is asked for, else by the narrow routes.
        """
        if self.whole or self._boards.holds_current("shot"):
            return await self._boards.view("shot")
        return await self._boards.view(("shots of", sequence_id))

    def held_entity(self, entity_id: str) -> Entity | None:
        """The entity with this id where one of the boards that need no reading has it."""
        return self._boards.held_entity(entity_id)


def _only(board: Board, sequence_id: str) -> Board:
    return Board(board.children.get(sequence_id, []), board.tag, board.read_at, board.as_of)


def _kind(key: Key) -> Kind:
    return "shot" if isinstance(key, tuple) else key
