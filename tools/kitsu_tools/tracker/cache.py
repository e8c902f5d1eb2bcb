"""What one identity keeps on disk, apart from every other's, and as what it was read: whoever is shown something else
takes nothing of it.
"""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

import anyio
from anyio import to_thread

from kitsu_tools.tracker.directory import Directory
from kitsu_tools.tracker.disk import Disk
from kitsu_tools.tracker.kept_boards import KeptBoards, unpacked
from kitsu_tools.tracker.model import Project
from kitsu_tools.tracker.visibility import shows_rows_as_boards

logger = logging.getLogger(__name__)

BOARDS, NAMES = ".boards", ".names"
FEW_NAMES_BYTES = 8 * 2**20
"""Some 60,000 of them."""


@dataclass(frozen=True, slots=True)
class Cache:
    """The files of one identity at one Kitsu. Its id is Zou's word, so that none is opened before it was accepted."""

    disk: Disk
    host: str
    directory: Directory
    _foreseen: dict[str, KeptBoards | None] = field(default_factory=dict[str, KeptBoards | None])
    _reading: anyio.Lock = field(default_factory=anyio.Lock)

    async def who(self, project: Project, role: str) -> str:
        """As what somebody with this role on a production reads it, and by which names."""
        me = await self.directory.me.get()
        of_me = self.host, me.id, me.role, sorted(me.departments)
        return _digest((*of_me, role, project.id, project.name, project.has_episodes))

    async def foresee(self) -> str:
        """Read ahead the boards that were used last, most likely asked for next, and tell of which production they are,
        by its id. A role that is shown a part of things keeps nothing of what it was shown before.
        """
        own = (await self.directory.me.get()).role
        if not shows_rows_as_boards(own, own):
            await to_thread.run_sync(self.disk.clear, await self._folder())
            return ""
        name = await to_thread.run_sync(self.disk.last_used, await self._folder(), BOARDS)
        async with self._reading:
            if name:
                self._foreseen[name] = await to_thread.run_sync(self._unpacked, name)
        return PurePosixPath(name).stem

    async def read_boards(self, project: Project) -> KeptBoards | None:
        """What was kept of a production."""
        name = await self._name(project, BOARDS)
        async with self._reading:
            if name in self._foreseen:
                return self._foreseen.pop(name)
            return await to_thread.run_sync(self._unpacked, name)

    async def write_boards(self, project: Project, kept: KeptBoards) -> None:
        """Keep this of a production."""
        await to_thread.run_sync(self._pack, await self._name(project, BOARDS), kept)

    async def drop_boards(self, project: Project) -> None:
        """Keep nothing of a production."""
        self.disk.drop(await self._name(project, BOARDS))

    async def read_names(self, projects: Sequence[Project]) -> list[KeptBoards | None]:
        """What was kept of the names in these productions."""
        names = [await self._name(project, NAMES) for project in projects]
        return await to_thread.run_sync(lambda: list(map(self._unpacked, names)))

    async def has_few_names(self) -> bool:
        """Whether the names in all productions are so few that they are read without being asked for."""
        sizes = await to_thread.run_sync(self.disk.sizes, await self._folder(), NAMES)
        return sum(sizes) <= FEW_NAMES_BYTES

    async def write_names(self, project: Project, kept: KeptBoards) -> None:
        """Keep the names in a production."""
        await to_thread.run_sync(self._pack, await self._name(project, NAMES), kept)

    def _unpacked(self, name: str) -> KeptBoards | None:
        content = self.disk.read(name)
        return None if content is None else unpacked(content)

    def _pack(self, name: str, kept: KeptBoards) -> None:
        try:
            self.disk.write(name, kept.packed())
        except TypeError as error:
            logger.debug("not kept: %s", error)
            self.disk.drop(name)

    async def _name(self, project: Project, suffix: str) -> str:
        return f"{await self._folder()}/{project.id}{suffix}"

    async def _folder(self) -> str:
        return _digest((self.host, (await self.directory.me.get()).id))


def _digest(of: object) -> str:
    return hashlib.sha256(repr(of).encode()).hexdigest()[:32]
