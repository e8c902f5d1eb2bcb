"""The boards of a production that are held, and which of them can answer: those that the newest tag vouches for."""

import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from kitsu_tools.tracker.addresses import encoded
from kitsu_tools.tracker.board import Board, Key, View, is_shared, kind_of
from kitsu_tools.tracker.board_patches import Patch, entities_over
from kitsu_tools.tracker.board_rows import Rows
from kitsu_tools.tracker.kept_boards import KeptBoards
from kitsu_tools.tracker.model import Entity, Kind, Project

FULL_REREAD_SECONDS = 900.0
AGE_SECONDS_WITHOUT_ETAG = 20.0
ENTITY_BYTES, TASK_BYTES = 2000, 500


class HeldBoards:
    """Boards by key. `tag` is Kitsu's newest, empty where it gives none; `round` numbers the times that everything was
    given up.
    """

    def __init__(self, project: Project) -> None:
        self.project = project
        self.tag = ""
        self.round = 0
        self._boards: dict[Key, Board] = {}
        self._views: dict[tuple[Key, ...], View] = {}

    def __getitem__(self, key: Key) -> Board:
        return self._boards[key]

    def __setitem__(self, key: Key, board: Board) -> None:
        self._boards[key] = board

    @property
    def bytes(self) -> int:
        """What is held takes about so much memory, with what is worked out from it."""
        return sum(len(one.entities) * ENTITY_BYTES + one.tasks * TASK_BYTES for one in self._boards.values())

    def has_current(self, key: Key) -> bool:
        """Whether this board needs no reading, going by the last revalidation."""
        return key in self._boards and self._is_current(self._boards[key])

    def current(self) -> dict[Key, Board]:
        """All those that need none."""
        return {key: board for key, board in self._boards.items() if self._is_current(board)}

    def entity(self, entity_id: str) -> Entity | None:
        """The entity with this id where one of those has it."""
        boards = self.current().values()
        return next((board.by_id[entity_id] for board in boards if entity_id in board.by_id), None)

    @property
    def structure(self) -> tuple[Key, ...]:
        """What addresses are made of, each after what its own are made of."""
        return ("episode", "sequence") if self.project.has_episodes else ("sequence",)

    def above(self, key: Key) -> tuple[Key, ...]:
        """The boards that the addresses in this one are made of."""
        structure = self.structure
        return structure[: structure.index(key)] if key in structure else structure

    def rows(self, key: Key, above: tuple[Board, ...]) -> Rows:
        """What makes entities of this board's rows."""
        parents = {entity_id: one for board in above for entity_id, one in board.by_id.items()}
        return Rows(kind_of(key), encoded(self.project.name), parents)

    def view_of(self, boards: Mapping[Key, Board]) -> View:
        """The same view, with what was worked out from it, as long as its boards are the same."""
        keys = tuple(boards)
        held = self._views.get(keys)
        if held is not None and all(held.boards[key] is board for key, board in boards.items()):
            return held
        oldest = min(board.as_of for board in boards.values())
        view = View(boards, "" if self.tag else oldest.isoformat(timespec="seconds"))
        self._views[keys] = view
        return view

    def forget_stale_sequences(self) -> None:
        """Drop narrow boards that can no longer answer, so that a long session does not gather them."""
        stale = [key for key, board in self._boards.items() if isinstance(key, tuple) and not self._is_current(board)]
        for key in stale:
            del self._boards[key]
        self._views = {keys: view for keys, view in self._views.items() if not any(key in stale for key in keys)}

    def lay(self, patch: Patch | None, tag: str) -> None:
        """Lay what changed over what is held, which has this tag then. What does not take it is forgotten."""
        if patch is None:
            self.round += 1
            return
        current = self.current()
        self._boards = {}
        for key in sorted(current, key=lambda one: len(self.above(one))):  # what others are made of first
            board = current[key]
            if board.hidden:
                self._boards[key] = replace(board, tag=tag)
            elif not is_shared(key):
                above = self._above_held(key)
                if len(above) == len(self.above(key)):
                    self._boards[key] = self._laid_over(board, key, patch, above, tag)
            elif not patch.casts:
                board.tag = tag
                self._boards[key] = board
        self._views = {keys: view for keys, view in self._views.items() if self._boards.keys() >= set(keys)}

    def take_up(self, kept: KeptBoards) -> None:
        """Hold what an earlier process kept, as if it was read here."""
        as_of = datetime.fromisoformat(kept.as_of)
        read_at = time.monotonic() - (kept.age if 0 <= kept.age < FULL_REREAD_SECONDS else 0)
        self.tag = kept.tag
        for key in sorted(kept.boards, key=lambda one: len(self.above(one))):
            entities = list(kept.boards[key])
            self._boards[key] = Board(entities, kept.tag, self.round, read_at, as_of, self._above_held(key))

    def to_keep(self) -> tuple[str, dict[Kind, list[Entity]]] | None:
        """What an earlier process can take up: since when it is there, and it; None where there is nothing for it."""
        boards: dict[Kind, Board] = {key: one for key, one in self.current().items() if isinstance(key, str)}
        if not self.tag or not boards or any(one.hidden for one in boards.values()):
            return None
        as_of = min(board.as_of for board in boards.values()).isoformat()
        return as_of, {key: board.entities for key, board in boards.items()}

    def _above_held(self, key: Key) -> tuple[Board, ...]:
        return tuple(self._boards[one] for one in self.above(key) if one in self._boards)

    def _laid_over(self, board: Board, key: Key, patch: Patch, above: tuple[Board, ...], tag: str) -> Board:
        entities = entities_over(board, key, patch, self.rows(key, above), anew=above != board.above)
        if entities is not board.entities:
            return Board(entities, tag, board.round, board.read_at, board.as_of, above)
        board.tag, board.above = tag, above
        return board

    def _is_current(self, board: Board) -> bool:
        """Whether what was read then, or brought up to date, is what Kitsu has now."""
        age = time.monotonic() - board.read_at
        if not self.tag:
            return age < AGE_SECONDS_WITHOUT_ETAG
        return board.tag == self.tag and board.round == self.round and age < FULL_REREAD_SECONDS
