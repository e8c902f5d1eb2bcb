"""The sandbox that all tests of a run share: a reset puts back what was written, and nothing else."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from kitsu_sandbox.lifecycle import Sandbox
from support import as_seeded
from support.api import ask

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Generator

    from kitsu_sandbox.lifecycle import Connection

File = tuple[str, int, int]

_MEMORY = Path("/dev/shm")
_ROOM_BYTES = 2 * 2**30
"""A sandbox takes 100 MB."""


@contextmanager
def state_folder() -> Generator[Path]:
    """A folder for the data of a sandbox, gone afterwards: in memory if there is much room.

    A copy of a database is a thousand files, which costs a disk up to ten times what it costs there.
    """
    roomy = _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ROOM_BYTES
    with tempfile.TemporaryDirectory(prefix="kitsu-sandbox-", dir=_MEMORY if roomy else None) as folder:
        yield Path(folder)


class SharedSandbox(Sandbox):
    """A sandbox whose reset puts back the tables and the preview files that differ from the seeds, in place."""

    def __init__(self, state: Path) -> None:
        super().__init__(state)
        self._seeded_previews: set[File] | None = None

    def up(self, say: Callable[[str], None] = lambda _: None) -> Connection:
        """As ever, and the data is then as seeded."""
        super().up(say)
        return self._keep_as_seeded()

    def seed(
        self, *, big: bool = False, anchor: dt.date | None = None, say: Callable[[str], None] = lambda _: None
    ) -> None:
        """As ever."""
        super().seed(big=big, anchor=anchor, say=say)
        self._keep_as_seeded()

    def reset(self) -> None:
        """As ever."""
        with self._alone():
            as_seeded.restore(self.connection().database)
            if self._previews() != self._seeded_previews:
                self._restore_previews(self._noted()[0] or "small")
                self._seeded_previews = self._previews()
            self._flush()

    def _keep_as_seeded(self) -> Connection:
        """Let Zou make the row of the organisation, as it does at the first sign-in (seen on 1.0.97), then keep all."""
        super().reset()
        reach = self.connection()
        ask(reach.host, "auth/authenticated", reach.token("admin"))
        as_seeded.keep(reach.database)
        self._seeded_previews = self._previews()
        return reach

    def _previews(self) -> set[File]:
        files = ((str(file), file.stat()) for file in (self.state / "previews").rglob("*"))
        return {(name, stat.st_size, stat.st_mtime_ns) for name, stat in files}
