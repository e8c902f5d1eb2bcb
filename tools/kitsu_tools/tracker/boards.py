"""Boards: a production's entities with their tasks, held and brought up to date before each use.

Every held board carries the **tag** that Zou gave just before the board was read. The tag is the ETag of a board
narrowed to nothing (`id` of no entity): it costs 13 ms whether anything changed or not, changes with every entity,
task and project row of the production (source: `get_project_board_fingerprint`, Zou 1.0.97), and so vouches for the
boards that have no ETag of their own. Where it is another, what changed is read and laid over the boards, or, where
that cannot be known, each board is read again before it answers. Addresses are made of the names above, so a board
whose episodes or sequences were read under another tag carries none.

Whoever hears Kitsu tells what was changed (`told`) and vouches that nothing else was: then nothing is asked, for a
while.

Older Zou (before 1.0.75) gives no ETag: boards are then reread by age, and answers say `as_of`.
"""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from kitsu_tools.tracker.addresses import encoded
from kitsu_tools.tracker.board import Board, Key, View, is_shared, kind_of
from kitsu_tools.tracker.board_changes import MOST_IDS, Changes
from kitsu_tools.tracker.board_patches import Patch, entities_over
from kitsu_tools.tracker.board_reads import BoardReads, board_query
from kitsu_tools.tracker.board_rows import Rows
from kitsu_tools.tracker.cache import Cache
from kitsu_tools.tracker.cached import SingleFlight
from kitsu_tools.tracker.changed import Changed
from kitsu_tools.tracker.directory import Directory
from kitsu_tools.tracker.errors import NotPermitted
from kitsu_tools.tracker.gather import gather, gather_both
from kitsu_tools.tracker.kept_boards import KeptBoards
from kitsu_tools.tracker.model import Entity, EntityRecord, Kind, Project
from kitsu_tools.tracker.session import KitsuSession
from kitsu_tools.tracker.visibility import shows_rows_as_boards

NOTHING = "00000000-0000-0000-0000-000000000000"
FULL_REREAD_SECONDS = 900.0
AGE_SECONDS_WITHOUT_ETAG = 20.0
ENTITY_BYTES, TASK_BYTES = 2000, 500
VOUCHED_SECONDS = 30.0
"""So long nothing is asked while somebody vouches: what Kitsu tells nobody, a silent import, is seen after it."""


class Boards:
    """The boards of one production as one signed-in identity sees them.

    `vouched`: whether somebody hears everything that changes now, and tells it; `cache`: where they are kept for the
    next start.
    """

    def __init__(
        self,
        session: KitsuSession,
        directory: Directory,
        project: Project,
        vouched: Callable[[], bool],
        cache: Cache | None = None,
    ) -> None:
        self._session = session
        self._directory = directory
        self.project = project
        self._vouched = vouched
        self._cache = cache
        self._new_cache = cache
        self._kept: object = None
        self._reads = BoardReads(session, project.id, directory.shot_type.get)
        self._changes = Changes(session, project.id, directory.asset_types)
        self._held: dict[Key, Board] = {}
        self._flights: dict[Key, SingleFlight] = {}
        self._flying = 0
        self._views: dict[tuple[Key, ...], View] = {}
        self._tag = ""
        self._round = 0
        self._role = ""
        self._begun = -1
        self._beginning = SingleFlight()
        self._told = Changed()
        self._told_later = Changed()
        self._no_tag_until = float("-inf")
        self._asking = SingleFlight()
        self._asked = 0
        self._asked_at = float("-inf")
        self._asked_after = 0

    async def now(self) -> "Reading":
        """One revalidation, for one question: everything the reading then shows is current as of it, or newer."""
        await self._revalidate()
        return Reading(self)

    def told(self, changed: Changed) -> None:
        """Somebody heard of this; the next question looks at it."""
        # Where so much is told that nobody will read it by ids, that is all there is to know.
        self._told = self._told | changed if self._told.ids <= MOST_IDS else Changed(whole=True)

    @property
    def bytes(self) -> int:
        """What is held takes about so much memory, with what is worked out from it."""
        return sum(len(one.entities) * ENTITY_BYTES + one.tasks * TASK_BYTES for one in self._held.values())

    async def keep(self) -> bool:
        """Keep for the next start what is held; False where it is kept already, or cannot be."""
        cache, role = self._cache, self._role
        if cache is None or not role:
            return False
        who = await cache.who(self.project, role)
        # From here on nothing is waited for, so that all of it is of one moment.
        tables, is_told = self._changes.kept(), self._told or self._told_later or self._flying
        boards: dict[Kind, Board] = {key: one for key, one in self._current().items() if isinstance(key, str)}
        entities: dict[Kind, list[Entity]] = {key: board.entities for key, board in boards.items()}
        now = self._tag, {key: id(one) for key, one in entities.items()}
        is_sure = self._tag and self._begun == self._round and self._role == role and not is_told
        is_new = now != self._kept and boards and not any(one.hidden for one in boards.values())
        if not is_sure or not is_new or tables is None:
            return False
        as_of = min(board.as_of for board in boards.values()).isoformat()
        kept = KeptBoards(who, self._tag, self._changes.looked_at.isoformat(), as_of, tables, entities)
        await cache.write_boards(self.project, kept)
        self._kept = now
        return True

    async def _take_up(self, cache: Cache, kept: KeptBoards, role: str) -> None:
        """Hold what an earlier process kept, as if it was read here, of the same identity in the same role."""
        if not role or kept.who != await cache.who(self.project, role):
            await cache.drop_boards(self.project)
            return
        as_of = datetime.fromisoformat(kept.as_of)
        read_at = time.monotonic() - (kept.age if 0 <= kept.age < FULL_REREAD_SECONDS else 0)
        self._tag, self._role, self._begun = kept.tag, role, self._round
        self._changes.take_up(kept.tables, kept.looked_at, seen_late=kept.is_late(FULL_REREAD_SECONDS))
        for key in sorted(kept.boards, key=lambda one: len(self._above(one))):
            above = tuple(self._held[one] for one in self._above(key) if one in self._held)
            self._held[key] = Board(list(kept.boards[key]), kept.tag, self._round, read_at, as_of, above)
        self._kept = self._tag, {key: id(board.entities) for key, board in self._held.items()}

    def holds_current(self, key: Key) -> bool:
        """True when this board needs no reading, going by the last revalidation."""
        board = self._held.get(key)
        return board is not None and self._is_current(board)

    def held_entity(self, entity_id: str) -> Entity | None:
        """As `Reading.held_entity`."""
        boards = self._current().values()
        return next((board.by_id[entity_id] for board in boards if entity_id in board.by_id), None)

    async def view(self, *keys: Key) -> View:
        """The boards behind these keys, reading those that are missing or out of date. Episodes and sequences come
        along, because addresses are made of them.
        """
        structure = self._structure()
        rest: list[Key] = [key for key in dict.fromkeys(keys) if key not in structure]
        if self._tag and any(isinstance(key, str) for key in rest):
            await self._beginning.work(lambda: self._begun == self._round, self._begin)
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

    async def _begin(self) -> None:
        """Note what is newest before large boards are read, to find changes by; what was read before is read again."""
        role = await self._role_now()
        self._role = role if role and await self._changes.begin() else ""
        self._round += 1
        self._begun = self._round

    async def _role_now(self, newer_than: float = float("-inf")) -> str:
        """The role by which boards and rows are shown alike; empty where they are not."""
        me = await self._directory.me.get(newer_than)
        here = await self._directory.role_on(self.project, newer_than)
        return here if shows_rows_as_boards(me.role, here) else ""

    async def _revalidate(self) -> None:
        """Catch up with Kitsu. Whoever comes meanwhile shares that, unless we wrote or were told something."""
        seen = self._asked

        def done() -> bool:
            if time.monotonic() < self._no_tag_until:
                return True
            asked_meanwhile = self._asked > seen and self._asked_after == self._session.writes
            return not self._told and (asked_meanwhile or (not self._told_later and self._needs_no_asking()))

        await self._asking.work(done, self._catch_up)

    def _needs_no_asking(self) -> bool:
        """Whether what was told is all that changed since Kitsu was asked."""
        is_asked = self._asked_after == self._session.writes and time.monotonic() - self._asked_at < VOUCHED_SECONDS
        return bool(self._tag) and is_asked and self._vouched()

    async def _catch_up(self) -> None:
        told, self._told, self._told_later = self._told | self._told_later, Changed(), Changed()
        late = Changed()
        try:
            if told.whole:
                self._round += 1
            if self._needs_no_asking() and not told.unsure:
                patch = await self._patch(told, self._changes.told)
                self._lay(patch, self._tag)
                late = told.late(patch.entities.keys() | patch.tasks.keys()) if patch is not None else late
            else:
                await self._probe(told)
        except BaseException:
            self._told |= told
            raise
        self._asked += 1
        # A board that is being read may show what was before; of another round than this it does not count at all.
        self._told_later = replace(told, whole=False) if self._flying else late

    async def _probe(self, told: Changed) -> None:
        query = board_query(self.project.id, id=NOTHING)
        writes, started = self._session.writes, time.monotonic()
        ask = partial(self._session.read_if_changed, "data/shots/with-tasks", query)
        cache, self._new_cache = self._new_cache, None
        kept = await cache.read_boards(self.project) if cache is not None else None
        try:
            if cache is None or kept is None:
                answer = await ask(self._tag)
            else:
                # What was seen late is looked for even where the tag is the same.
                tag = "" if kept.is_late(FULL_REREAD_SECONDS) else kept.tag
                answer, role = await gather_both(partial(ask, tag), self._role_now)
                await self._take_up(cache, kept, role)
                self._tag = kept.tag
        except BaseException as error:
            self._new_cache = cache
            if self._cache is not None and isinstance(error, NotPermitted):
                await self._cache.drop_boards(self.project)
                self._kept = None
            raise
        if answer.status != 304:
            if self._tag and answer.etag and self._begun == self._round:
                self._lay(await self._patch(told, self._changes.since), answer.etag)
            self._tag = answer.etag
            self._no_tag_until = float("-inf") if answer.etag else time.monotonic() + FULL_REREAD_SECONDS
        elif told:
            self._lay(await self._patch(told, self._changes.told), self._tag)
        self._asked_after, self._asked_at = writes, started

    async def _patch(
        self, told: Changed, read: Callable[[Changed, Mapping[Key, Board]], Awaitable[Patch | None]]
    ) -> Patch | None:
        """What is to be laid over what is held; None where that cannot be known."""
        if not self._role or await self._role_now() != self._role:
            return None
        held = self._current()
        patch = await read(told, {key: held[key] for key in held if not (held[key].hidden or is_shared(key))})
        # The tag is another for another role too, and that is what is left where no row was written.
        if patch is not None and not patch.explains and await self._role_now(time.monotonic()) != self._role:
            return None
        return patch

    def _lay(self, patch: Patch | None, tag: str) -> None:
        """Lay what changed over what is held, which has this tag then. What does not take it is forgotten."""
        if patch is None:
            self._round += 1
            return
        current = self._current()
        self._held = {}
        for key in sorted(current, key=lambda one: len(self._above(one))):  # what others are made of first
            board = current[key]
            if board.hidden:
                self._held[key] = replace(board, tag=tag)
            elif not is_shared(key):
                above = tuple(self._held[one] for one in self._above(key) if one in self._held)
                if len(above) == len(self._above(key)):
                    self._held[key] = self._laid_over(board, key, patch, above, tag)
            elif not patch.casts:
                board.tag = tag
                self._held[key] = board
        self._views = {keys: view for keys, view in self._views.items() if self._held.keys() >= set(keys)}

    def _current(self) -> dict[Key, Board]:
        return {key: board for key, board in self._held.items() if self._is_current(board)}

    def _laid_over(self, board: Board, key: Key, patch: Patch, above: tuple[Board, ...], tag: str) -> Board:
        rows = self._rows(key, above)
        entities = entities_over(board, key, patch, rows, anew=above != board.above)
        if entities is not board.entities:
            return Board(entities, tag, board.round, board.read_at, board.as_of, above)
        board.tag, board.above = tag, above
        return board

    def _rows(self, key: Key, above: tuple[Board, ...]) -> Rows:
        parents = {entity_id: one for board in above for entity_id, one in board.by_id.items()}
        return Rows(kind_of(key), encoded(self.project.name), parents)

    async def _board(self, key: Key) -> Board:
        await self._flights.setdefault(key, SingleFlight()).work(
            partial(self.holds_current, key), partial(self._read_anew, key)
        )
        return self._held[key]

    async def _read_anew(self, key: Key) -> None:
        self._forget_stale_sequences()
        self._flying += 1
        try:
            self._held[key] = await self._read(key)
        finally:
            self._flying -= 1

    def _is_current(self, board: Board) -> bool:
        """True while what was read then, or brought up to date, is what Kitsu has now."""
        age = time.monotonic() - board.read_at
        if not self._tag:
            return age < AGE_SECONDS_WITHOUT_ETAG
        return board.tag == self._tag and board.round == self._round and age < FULL_REREAD_SECONDS

    def _forget_stale_sequences(self) -> None:
        """Drop narrow boards that can no longer answer, so that a long session does not gather them."""
        stale = [key for key, board in self._held.items() if isinstance(key, tuple) and not self._is_current(board)]
        for key in stale:
            del self._held[key]
        self._views = {keys: view for keys, view in self._views.items() if not any(key in stale for key in keys)}

    async def _read(self, key: Key) -> Board:
        number = self._round
        if key[0] == "assets shared with":
            tag, read_at, as_of = self._tag, time.monotonic(), datetime.now(UTC)
            return Board([], tag, number, read_at, as_of, shared=await self._reads.shared(key[1]))
        above = tuple([await self._board(one) for one in self._above(key)])
        # It is as old as the oldest of those, and vouched for only by a tag that all of them carry.
        tag = self._tag if all(board.tag == self._tag for board in above) else ""
        number = min([number, *(board.round for board in above)])
        read_at = min([time.monotonic(), *(board.read_at for board in above)])
        as_of = min([datetime.now(UTC), *(board.as_of for board in above)])
        rows = self._rows(key, above)
        try:
            read = self._reads.sequence(key[1], rows) if isinstance(key, tuple) else self._reads.board(key, rows)
            entities = await read
        except NotPermitted:
            # The narrow routes are closed to vendors, the board is not (seen on Zou 1.0.97).
            if isinstance(key, tuple):
                return _only(await self._board("shot"), key[1])
            return Board([], tag, number, read_at, as_of, above, hidden=True)
        return Board(entities, tag, number, read_at, as_of, above)

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
    return replace(board, entities=board.children.get(sequence_id, []))
