"""What one question sees of a production: one reading of its boards, current as of one moment."""

from kitsu_tools.tracker.board import Key, View
from kitsu_tools.tracker.boards import Boards
from kitsu_tools.tracker.model import Entity, EntityRecord


class Reading:
    """What one question sees of a production. Get it from `Kitsu.reading`, use it for that question, let it go.

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
        return await self.view(key) if self._boards.held.has_current(key) else None

    async def shared_assets(self, episode_id: str = "") -> list[EntityRecord]:
        """The assets of other productions that are cast here, or in one episode."""
        return await self._boards.shared_assets(episode_id)

    async def shots_of(self, sequence_id: str) -> View:
        """The shots of one sequence.

        Out of the whole board when that is held and current, or `whole` is asked for, else by the narrow routes.
        """
        if self.whole or self._boards.held.has_current("shot"):
            return await self.view("shot")
        return await self.view(("shots of", sequence_id))

    def held_entity(self, entity_id: str) -> Entity | None:
        """The entity with this id where one of the boards that need no reading has it."""
        return self._boards.held.entity(entity_id)
