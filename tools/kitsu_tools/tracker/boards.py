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

from kitsu_tools.tracker.board import Board, Key, View, is_shared
from kitsu_tools.tracker.board_changes import MOST_IDS, Changes
from kitsu_tools.tracker.board_patches import Patch
from kitsu_tools.tracker.board_reads import BoardReads, board_query
from kitsu_tools.tracker.board_rows import Rows
from kitsu_tools.tracker.cache import Cache
from kitsu_tools.tracker.cached import SingleFlight
from kitsu_tools.tracker.changed import Changed
from kitsu_tools.tracker.directory import Directory
from kitsu_tools.tracker.errors import NotPermitted
from kitsu_tools.tracker.gather import gather, gather_both
from kitsu_tools.tracker.held_boards import FULL_REREAD_SECONDS, HeldBoards
from kitsu_tools.tracker.kept_boards import KeptBoards
from kitsu_tools.tracker.model import EntityRecord, Project
from kitsu_tools.tracker.session import KitsuSession
from kitsu_tools.tracker.visibility import shows_rows_as_boards

NOTHING = "00000000-0000-0000-0000-000000000000"
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
        self.held = HeldBoards(project)
        self._vouched = vouched
        self._cache = cache
        self._new_cache = cache
        self._kept: object = None
        self._reads = BoardReads(session, project.id, directory.shot_type.get)
        self._changes = Changes(session, project.id, directory.asset_types)
        self._flights: dict[Key, SingleFlight] = {}
        self._flying = 0
        self._role = ""
        self._begun = -1
        self._beginning = SingleFlight()
        self._told: Changed = Changed()
        self._told_later: Changed = Changed()
        self._no_tag_until = float("-inf")
        self._asking = SingleFlight()
        self._asked = 0
        self._asked_at = float("-inf")
        self._asked_after = 0

    @property
    def project(self) -> Project:
        """Whose they are, as it was when it was last asked about."""
        return self.held.project

    async def revalidate(self, project: Project) -> None:
        """Catch up with Kitsu: everything that is read then is current as of now, or newer. Whoever comes meanwhile
        shares that, unless we wrote or were told something.
        """
        self.held.project = project
        seen = self._asked

        def done() -> bool:
            if time.monotonic() < self._no_tag_until:
                return True
            asked_meanwhile = self._asked > seen and self._asked_after == self._session.writes
            return not self._told and (asked_meanwhile or (not self._told_later and self._needs_no_asking()))

        await self._asking.work(done, self._catch_up)

    def told(self, changed: Changed) -> None:
        """Somebody heard of this; the next question looks at it."""
        # Where so much is told that nobody will read it by ids, that is all there is to know.
        self._told = self._told | changed if self._told.ids <= MOST_IDS else Changed(whole=True)

    async def keep(self) -> bool:
        """Keep for the next start what is held; False where it is kept already, or cannot be."""
        cache, role = self._cache, self._role
        if cache is None or not role:
            return False
        who = await cache.who(self.project, role)
        # From here on nothing is waited for, so that all of it is of one moment.
        found, tables, tag = self.held.to_keep(), self._changes.kept(), self.held.tag
        is_sure = self._begun == self.held.round and self._role == role and not (self._told or self._told_later)
        if found is None or tables is None or not is_sure or self._flying:
            return False
        as_of, entities = found
        now = tag, {key: id(one) for key, one in entities.items()}
        if now == self._kept:
            return False
        kept = KeptBoards(who, tag, self._changes.looked_at.isoformat(), as_of, tables, entities)
        await cache.write_boards(self.project, kept)
        self._kept = now
        return True

    async def _take_up(self, cache: Cache, kept: KeptBoards, role: str) -> None:
        """Hold what an earlier process kept, as if it was read here, of the same identity in the same role."""
        if not role or kept.who != await cache.who(self.project, role):
            await cache.drop_boards(self.project)
            return
        self._role, self._begun = role, self.held.round
        self._changes.take_up(kept.tables, kept.looked_at, seen_late=kept.is_late(FULL_REREAD_SECONDS))
        self.held.take_up(kept)
        found = self.held.to_keep()
        self._kept = found and (kept.tag, {key: id(one) for key, one in found[1].items()})

    async def view(self, *keys: Key) -> View:
        """The boards behind these keys, reading those that are missing or out of date. Episodes and sequences come
        along, because addresses are made of them.
        """
        structure = self.held.structure
        rest: list[Key] = [key for key in dict.fromkeys(keys) if key not in structure]
        if self.held.tag and any(isinstance(key, str) for key in rest):
            await self._beginning.work(lambda: self._begun == self.held.round, self._begin)
        found = await gather(*[partial(self._board, key) for key in rest])
        boards: dict[Key, Board] = {key: await self._board(key) for key in structure}
        return self.held.view_of(boards | dict(zip(rest, found, strict=True)))

    async def shared_assets(self, episode_id: str) -> list[EntityRecord]:
        """The assets of other productions that are cast here, or in one episode.

        A casting changes the tag, so that it vouches for them too.
        """
        return (await self._board(("assets shared with", episode_id))).shared

    async def _begin(self) -> None:
        """Note what is newest before large boards are read, to find changes by; what was read before is read again."""
        own = (await self._directory.me.get()).role
        role, is_told = "", False
        if shows_rows_as_boards(own, own):
            role, is_told = await gather_both(self._role_now, self._changes.begin)
        self._role = role if is_told else ""
        self.held.round += 1
        self._begun = self.held.round

    async def _role_now(self, newer_than: float = float("-inf")) -> str:
        """The role by which boards and rows are shown alike; empty where they are not."""
        me = await self._directory.me.get(newer_than)
        here = await self._directory.role_on(self.project, newer_than)
        return here if shows_rows_as_boards(me.role, here) else ""

    def _needs_no_asking(self) -> bool:
        """Whether what was told is all that changed since Kitsu was asked."""
        is_asked = self._asked_after == self._session.writes and time.monotonic() - self._asked_at < VOUCHED_SECONDS
        return bool(self.held.tag) and is_asked and self._vouched()

    async def _catch_up(self) -> None:
        told, self._told, self._told_later = self._told | self._told_later, Changed(), Changed()
        late = Changed()
        try:
            if told.whole:
                self.held.round += 1
            if self._needs_no_asking() and not told.unsure:
                patch = await self._patch(told, self._changes.told)
                self.held.lay(patch, self.held.tag)
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
                answer = await ask(self.held.tag)
            else:
                # What was seen late is looked for even where the tag is the same.
                tag = "" if kept.is_late(FULL_REREAD_SECONDS) else kept.tag
                answer, role = await gather_both(partial(ask, tag), self._role_now)
                await self._take_up(cache, kept, role)
                self.held.tag = kept.tag
        except BaseException as error:
            self._new_cache = cache
            if self._cache is not None and isinstance(error, NotPermitted):
                await self._cache.drop_boards(self.project)
                self._kept = None
            raise
        if answer.status != 304:
            if self.held.tag and answer.etag and self._begun == self.held.round:
                self.held.lay(await self._patch(told, self._changes.since), answer.etag)
            self.held.tag = answer.etag
            self._no_tag_until = float("-inf") if answer.etag else time.monotonic() + FULL_REREAD_SECONDS
        elif told:
            self.held.lay(await self._patch(told, self._changes.told), self.held.tag)
        self._asked_after, self._asked_at = writes, started

    async def _patch(
        self, told: Changed, read: Callable[[Changed, Mapping[Key, Board]], Awaitable[Patch | None]]
    ) -> Patch | None:
        """What is to be laid over what is held; None where that cannot be known."""
        if not self._role or await self._role_now() != self._role:
            return None
        held = self.held.current()
        patch = await read(told, {key: held[key] for key in held if not (held[key].hidden or is_shared(key))})
        # The tag is another for another role too, and that is what is left where no row was written.
        if patch is not None and not patch.explains and await self._role_now(time.monotonic()) != self._role:
            return None
        return patch

    async def _board(self, key: Key) -> Board:
        if not self.held.has_current(key):
            await self._flights.setdefault(key, SingleFlight()).work(
                partial(self.held.has_current, key), partial(self._read_anew, key)
            )
        return self.held[key]

    async def _read_anew(self, key: Key) -> None:
        self.held.forget_stale_sequences()
        self._flying += 1
        try:
            self.held[key] = await self._read(key)
        finally:
            self._flying -= 1

    async def _read(self, key: Key) -> Board:
        number, tag = self.held.round, self.held.tag
        read_at, as_of = time.monotonic(), datetime.now(UTC)
        if key[0] == "assets shared with":
            return Board([], tag, number, read_at, as_of, shared=await self._reads.shared(key[1]))
        above = tuple[Board, ...]()

        async def rows() -> Rows:
            nonlocal above
            above = tuple([await self._board(one) for one in self.held.above(key)])
            return self.held.rows(key, above)

        try:
            entities = await (
                self._reads.sequence(key[1], rows) if isinstance(key, tuple) else self._reads.board(key, rows)
            )
        except NotPermitted:
            # The narrow routes are closed to vendors, the board is not (seen on Zou 1.0.97).
            if isinstance(key, tuple):
                return _only(await self._board("shot"), key[1])
            return Board([], tag, number, read_at, as_of, above, hidden=True)
        # It is as old as the oldest of those, and vouched for only by a tag that all of them carry.
        tag = tag if all(board.tag == tag for board in above) else ""
        number = min([number, *(board.round for board in above)])
        read_at = min([read_at, *(board.read_at for board in above)])
        as_of = min([as_of, *(board.as_of for board in above)])
        return Board(entities, tag, number, read_at, as_of, above)


def _only(board: Board, sequence_id: str) -> Board:
    return replace(board, entities=board.children.get(sequence_id, []))
