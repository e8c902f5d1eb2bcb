"""The sandbox that all tests of a run share: a reset costs next to nothing where nothing was written."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, LiteralString

import psycopg

from kitsu_sandbox.lifecycle import Sandbox
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
    """A sandbox that restores the data only where it differs from the seeds.

    Whatever is committed, a rolled back insert too, moves the end of PostgreSQL's log; as long as that and the preview
    files stand as they stood after the last reset and no request is at work, every row is as seeded.
    """

    def __init__(self, state: Path) -> None:
        super().__init__(state)
        self._as_seeded: tuple[str, set[File]] | None = None
        self._copied: set[File] | None = None

    def up(self, say: Callable[[str], None] = lambda _: None) -> Connection:
        """As ever, and the data is then as a reset leaves it."""
        self._copied = None
        reach = super().up(say)
        self._make_reads_silent()
        return reach

    def seed(
        self, *, big: bool = False, anchor: dt.date | None = None, say: Callable[[str], None] = lambda _: None
    ) -> None:
        """As ever."""
        self._copied = None
        super().seed(big=big, anchor=anchor, say=say)
        self._make_reads_silent()

    def reset(self) -> None:
        """As ever, if anything was written since the last one; otherwise only caches and sessions are forgotten."""
        if self._as_seeded is not None and self._as_seeded == self._now():
            self._flush()
            return
        super().reset()
        # The first to look for a database after one was dropped clears its row away, which is logged.
        before, end = None, self._end_of_log()
        while end != before:
            before, end = end, self._end_of_log()
        self._as_seeded = (end, self._previews()) if end else None

    def _restore_previews(self, name: str) -> None:
        """As ever, unless they stand as they were copied: few tests touch them, and copying them takes long."""
        if self._copied is None or self._copied != self._previews():
            super()._restore_previews(name)
            self._copied = self._previews()

    def _make_reads_silent(self) -> None:
        """Do beforehand, in what a reset copies, what reads would write.

        Zou makes the row of the organisation at the first sign-in (seen on 1.0.97), and PostgreSQL notes in a row
        itself, logged because of the page's checksum, that its transaction is over. What PostgreSQL does by the clock
        is logged as well, so it is turned off.
        """
        reach = self.connection()
        ask(reach.host, "auth/authenticated", reach.token("admin"))
        seeded = self.status().seeded
        with psycopg.connect(reach.database) as live, psycopg.connect(reach.database, dbname=seeded) as kept:
            kept.autocommit = True
            kept.execute("delete from organisation")
            with live.cursor() as source, kept.cursor() as target:
                copying = source.copy("copy organisation to stdout"), target.copy("copy organisation from stdin")
                with copying[0] as rows, copying[1] as written:
                    for row in rows:
                        written.write(row)
            for statement in _SILENCE:
                kept.execute(statement)
        self._as_seeded = None
        self.reset()

    def _now(self) -> tuple[str, set[File]] | None:
        """Where the log ends, and the preview files; None while a request is at work, which may write yet."""
        end = self._end_of_log()
        return (end, self._previews()) if end else None

    def _end_of_log(self) -> str | None:
        with psycopg.connect(self.connection().database, dbname="postgres") as connection:
            found = connection.execute(_END_OF_LOG).fetchone()
        return None if found is None or found[1] else found[0]

    def _previews(self) -> set[File]:
        files = ((str(file), file.stat()) for file in (self.state / "previews").rglob("*"))
        return {(name, stat.st_size, stat.st_mtime_ns) for name, stat in files}


_SILENCE: tuple[LiteralString, ...] = (
    "alter system set autovacuum = off",
    "alter system set checkpoint_timeout = '1d'",
    "select pg_reload_conf()",
    "analyze",
    "vacuum (freeze)",
)

_END_OF_LOG: LiteralString = """
select pg_current_wal_insert_lsn()::text,
       exists (select from pg_stat_activity where datname = 'zoudb' and state <> 'idle')
"""
