"""The journal: every change, answer, request and result, on this machine, before and after it happens.

A SQLite file that only its owner may read. It gives each change the code that signs its texts, lets a confirmation be
used once, and remembers what was sent when the answer, or this process, was lost.
"""

import contextlib
import secrets
import sqlite3
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import anyio
import orjson
from anyio import CapacityLimiter, to_thread

from kitsu_tools.gate.change import Change, Earlier, Request
from kitsu_tools.gate.history import Entry, entries
from kitsu_tools.gate.receipt import Result
from kitsu_tools.gate.schema import LOOKED_FOR_SECONDS, JournalError, insert_change, intent, let_go, prepare
from kitsu_tools.tracker.upload import Upload

ALONE_SECONDS = 60.0
"""How long one write waits for another of this journal: longer than any batch takes."""
BUSY_SECONDS = 5.0
"""How long a transaction waits for that of another process."""
LET_GO_EVERY = 200
"""Proposals between two looks for what is too old."""
LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
"""What codes are made of: neither Zou's hashtags nor its mentions can take one for theirs."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Unsettled:
    """An item that was about to be sent, or was sent, and whose outcome nobody knows yet.

    `change` is JSON, as `Change.json` wrote it; `sent_at` in seconds since 1970.
    """

    project_id: str
    code: str
    key: str
    address: str
    kind: str
    change: str
    sent_at: float


class Journal:
    """One journal file. Every method may raise JournalError; none of them blocks the event loop."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._limiter = CapacityLimiter(1)
        self._connection: sqlite3.Connection | None = None
        self._wal = False
        self._alone = anyio.Lock()
        self._sending: set[str] = set()

    async def close(self) -> None:
        """Close the file."""
        if self._connection is not None:
            await to_thread.run_sync(self._connection.close, limiter=self._limiter)
            self._connection = None

    @asynccontextmanager
    async def alone(self, code: str) -> AsyncGenerator[AsyncExitStack]:
        """For what must not meet another write: no server that writes this journal does anything in such a block, or
        until what it is given is closed. `code` is of the change that is sent in it.
        """
        from filelock import AsyncFileLock, Timeout  # a seventh of our part of the start, and only sending needs it

        async with AsyncExitStack() as lease:
            await lease.enter_async_context(self._alone)
            lock = AsyncFileLock(f"{self._path}.lock", ALONE_SECONDS, poll_interval=0.02, run_in_executor=False)
            try:
                await lock.acquire()
            except (Timeout, OSError, NotImplementedError) as error:
                raise JournalError(
                    f"Another server of this journal has been writing for {ALONE_SECONDS:.0f} seconds, or its lock "
                    f"{self._path}.lock cannot be taken ({error}). Try again, or set KITSU_JOURNAL to another file."
                ) from error

            async def release() -> None:
                with anyio.CancelScope(shield=True):
                    await lock.release()

            lease.push_async_callback(release)
            self._sending.add(code)
            try:
                yield lease
            finally:
                self._sending.remove(code)

    async def propose(self, change: Change, kitsu: str, principal: str, *, if_clear: bool = False) -> str:
        """Write a change down before anybody is asked; its code.

        `kitsu` is the address, `principal` the id of the identity that writes there. The code is the same each time
        until the change was answered: a question may be rendered more than once, and must not change. Once answered,
        the same change gets another code, so that an answer given before cannot fit it. `if_clear`: only where nothing
        of this identity is `unsettled` and nothing of the change is `earlier`; else there is no code, it is empty.
        """
        digest = change.digest
        same = "select code from changes where digest = ? and kitsu = ? and principal = ? and answer is null"

        def record(db: sqlite3.Connection) -> str:
            now = time.time()
            if if_clear and (self._unsettled(db, kitsu, principal) or _earlier(db, change, kitsu, principal)):
                return ""
            known = db.execute(same, (digest, kitsu, principal)).fetchone()
            if known:
                db.execute("update changes set proposed_at = ? where code = ?", (now, *known))
                return known[0]
            code = "".join(secrets.choice(LETTERS) for _ in range(6))
            insert_change(db, replace(change, code=code), digest, kitsu, principal, now)
            if db.execute("select max(rowid) from changes").fetchone()[0] % LET_GO_EVERY == 0:
                let_go(db, now)
            return code

        return await self._do(record)

    async def answered(self, code: str, answer: str, text: str) -> bool:
        """Record the person's answer. False when this change was answered already: a confirmation counts once."""

        def record(db: sqlite3.Connection) -> bool:
            changed = db.execute(
                "update changes set answer = ?, answered_at = ?, text = ? where code = ? and answer is null",
                (answer, time.time(), text, code),
            )
            return changed.rowcount == 1

        return await self._do(record)

    async def about_to(self, change: Change, *requests: Request, again: bool = False) -> None:
        """Record requests just before the first goes, so that they are known after a power cut too; of a file what it
        is, not what is in it. `again`: they are recorded, and go later than was thought.
        """
        now = time.time()
        keys = {key for request in requests for key in request.keys}
        items = [
            (change.code, item.key, item.target, item.address, intent(change, item), now)
            for item in change.items
            if item.key in keys
        ]
        rows = [(change.code, orjson.dumps(one.keys).decode(), _as_kept(one), now) for one in requests if not again]

        def record(db: sqlite3.Connection) -> None:
            db.executemany(
                "insert into items (code, key, target, address, intent, sent_at) values (?, ?, ?, ?, ?, ?) "
                "on conflict (code, key) do update set sent_at = excluded.sent_at",
                items,
            )
            db.executemany("insert into requests (code, keys, request, sent_at) values (?, ?, ?, ?)", rows)

        await self._do(record, durable=True)

    async def settle(
        self,
        code: str,
        results: Sequence[Result],
        told: Iterable[Earlier] = (),
        *,
        not_sent: int = 0,
        whole: Change | None = None,
    ) -> None:
        """Record outcomes. What is known to be there stays so: another server may have looked sooner.

        What was skipped was not sent, nor were the last `not_sent` requests of the change: they are recorded no more.
        `told`: the outcomes of these, as far as they are known, were told to whoever asked for them. `whole`: the
        change, where it names by their ids now what it made.
        """
        now = time.time()
        rows = [(one.outcome, one.detail, one.reference, now, code, one.item.key) for one in results]
        skipped = [(code, one.item.key) for one in results if one.outcome == "skipped"]
        heard = [(now, one.code, one.key) for one in told]

        def record(db: sqlite3.Connection) -> None:
            db.executemany("delete from items where code = ? and key = ?", skipped)
            db.execute(
                "delete from requests where rowid in "
                "(select rowid from requests where code = ? order by rowid desc limit ?)",
                (code, not_sent),
            )
            db.executemany(
                "update items set outcome = ?, detail = ?, reference = ?, settled_at = ? where code = ? and key = ? "
                "and outcome is not 'applied'",
                rows,
            )
            if whole is not None:
                db.execute("update changes set change = ? where code = ?", (whole.json.decode(), code))
            told = "update items set told_at = ? where code = ? and key = ? and outcome != 'unknown'"
            db.executemany(told, heard)

        await self._do(record)

    async def earlier(self, change: Change, kitsu: str, principal: str) -> dict[str, Earlier]:
        """Which items of a change an attempt within a day wrote already, of which nobody was told, or may have written,
        or made a part of, by their keys in the change.
        """
        return await self._do(lambda db: _earlier(db, change, kitsu, principal))

    async def unsettled(self, kitsu: str, principal: str = "") -> list[Unsettled]:
        """Items of this Kitsu whose outcome is not known and is still looked for, but for what this process is sending;
        those of one identity where it is named. Nothing when there is no journal yet.
        """
        if not self._path.exists():
            return []
        return await self._do(lambda db: self._unsettled(db, kitsu, principal))

    def _unsettled(self, db: sqlite3.Connection, kitsu: str, principal: str) -> list[Unsettled]:
        rows = db.execute(
            "select project_id, code, key, address, kind, change, sent_at from items join changes using (code) "
            "where kitsu = ? and ? in (principal, '') and (outcome is null or outcome = 'unknown') "
            "and code not in (select value from json_each(?)) "
            "and (outcome is null or settled_at < sent_at + ?) order by sent_at",
            (kitsu, principal, orjson.dumps(list(self._sending)).decode(), LOOKED_FOR_SECONDS),
        )
        return [Unsettled(*row) for row in rows]

    async def entries(self, kitsu: str, principal: str, code: str = "") -> list[Entry]:
        """What this identity proposed and did there, newest first; the one of a code where one is given."""
        whose = {"kitsu": kitsu, "principal": principal} | ({"code": code} if code else {})
        return await self._do(lambda db: entries(db, **whose))

    async def kept(self, code: str) -> tuple[str, dict[str, tuple[str | None, str]]]:
        """A change as JSON, and of each of its items that was sent the outcome and the id of what was made, by key."""

        def look(db: sqlite3.Connection) -> tuple[str, dict[str, tuple[str | None, str]]]:
            (change,) = db.execute("select change from changes where code = ?", (code,)).fetchone()
            sent = db.execute("select key, outcome, coalesce(reference, '') from items where code = ?", (code,))
            return change, {key: (outcome, made) for key, outcome, made in sent}

        return await self._do(look)

    async def _do(self, work: Callable[[sqlite3.Connection], T], *, durable: bool = False) -> T:
        """Run one transaction in a thread of its own. `durable` waits for the disk, 2 ms of an SSD: what went before
        is on it then too.
        """

        def run() -> T:
            connection = self._connection or self._open()
            self._connection = connection
            if self._wal:
                connection.execute(f"pragma synchronous = {'full' if durable else 'normal'}")
            with connection:
                connection.execute("begin immediate")
                return work(connection)

        try:
            return await to_thread.run_sync(run, limiter=self._limiter)
        except (sqlite3.Error, OSError) as error:
            raise JournalError(
                f"The journal {self._path} cannot be written ({error}), and nothing is sent without it. Free space, or "
                "set KITSU_JOURNAL to a file that can be written."
            ) from error

    def _open(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path.touch(mode=0o600)
        connection = sqlite3.connect(self._path, timeout=BUSY_SECONDS, check_same_thread=False)
        try:
            prepare(connection)
            with contextlib.suppress(sqlite3.OperationalError):
                # Folders on a network lack the shared memory this needs; the default mode works there.
                self._wal = connection.execute("pragma journal_mode = wal").fetchone()[0] == "wal"
            with connection:
                let_go(connection, time.time())
        except (sqlite3.Error, JournalError):
            connection.close()
            raise
        return connection


def _as_kept(request: Request) -> str:
    body = request.body.journaled if isinstance(request.body, Upload) else request.body
    return orjson.dumps({"method": request.method, "path": request.path, "body": body}).decode()


def _earlier(db: sqlite3.Connection, change: Change, kitsu: str, principal: str) -> dict[str, Earlier]:
    keys = {intent(change, item): item.key for item in change.items}
    rows = db.execute(
        "select intent, code, key, sent_at, outcome is 'applied' from items join changes using (code) "
        "where kitsu = ? and principal = ? and sent_at > ? and intent in (select value from json_each(?)) and ("
        "outcome is null or outcome = 'unknown' or told_at is null and (outcome = 'applied' or reference != '')"
        ") order by outcome is 'applied'",
        (kitsu, principal, time.time() - LOOKED_FOR_SECONDS, orjson.dumps(list(keys)).decode()),
    )
    return {keys[row[0]]: Earlier(row[1], row[2], row[3], bool(row[4])) for row in rows}
