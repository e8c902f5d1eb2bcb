"""The journal: every change, answer, request and result, on this machine, before and after it happens.

A SQLite file that only its owner may read. It gives each change the code that signs its texts, lets a confirmation be
used once, and remembers what was sent when the answer, or this process, was lost.
"""

import contextlib
import hashlib
import secrets
import sqlite3
import sys
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import anyio
import orjson
from anyio import CapacityLimiter, to_thread
from filelock import AsyncFileLock, Timeout

from kitsu_tools.gate.change import Change, Earlier, Item, Request
from kitsu_tools.gate.receipt import Result
from kitsu_tools.tracker.errors import KitsuError
from kitsu_tools.tracker.upload import Upload

LOOKED_FOR_SECONDS = 24 * 3600.0
"""How long an unknown outcome is looked for: an outage, or a right taken by mistake, is mended within a day. Later
nobody waits for the answer any more, and every proposal would pay for one more look.
"""
ALONE_SECONDS = 60.0
"""How long one write waits for another of this journal: longer than any batch takes."""

T = TypeVar("T")

_SCHEMA = """
create table if not exists journal (salt text not null);
create table if not exists changes (
    code text primary key, digest text not null, kitsu text not null, principal text not null, kind text not null,
    tool text not null, agent text not null, person text not null, proposed_at real not null, change text not null,
    answer text, answered_at real, text text
);
create index if not exists changes_by_digest on changes (digest);
create table if not exists items (
    code text not null references changes (code), key text not null, target text not null, address text not null,
    intent text not null, sent_at real not null, outcome text, detail text, reference text, settled_at real,
    told_at real, primary key (code, key)
);
create index if not exists items_by_intent on items (intent);
create table if not exists requests (
    code text not null references changes (code), keys text not null, request text not null, sent_at real not null
);
"""


class JournalError(KitsuError):
    """The journal cannot be written, so nothing may be sent."""


@dataclass(frozen=True, slots=True)
class Unsettled:
    """An item that was about to be sent, or was sent, and whose outcome nobody knows yet.

    `principal` is who sent it; `change` is JSON, as `Change.json` wrote it; `sent_at` in seconds since 1970.
    """

    principal: str
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
        self._alone = anyio.Lock()

    async def close(self) -> None:
        """Close the file."""
        if self._connection is not None:
            await to_thread.run_sync(self._connection.close, limiter=self._limiter)
            self._connection = None

    @asynccontextmanager
    async def alone(self) -> AsyncGenerator[AsyncExitStack]:
        """For what must not meet another write: no server that writes this journal does anything in such a block, or
        until what it is given is closed.
        """
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
            yield lease

    async def propose(self, change: Change, kitsu: str, principal: str) -> tuple[str, float]:
        """Write a change down before anybody is asked; its code, and when it was written down (seconds since 1970).

        `kitsu` is the address, `principal` the id of the identity that writes there. The code is the same each time
        until the change was answered: a question may be rendered more than once, and must not change. Once answered,
        the same change gets another code, so that an answer given before cannot fit it.
        """
        return await self._do(lambda db: _propose(db, change, kitsu, principal))

    async def answered(self, code: str, answer: str, text: str) -> bool:
        """Record the person's answer. False when this change was answered already: a confirmation counts once."""

        def record(db: sqlite3.Connection) -> bool:
            changed = db.execute(
                "update changes set answer = ?, answered_at = ?, text = ? where code = ? and answer is null",
                (answer, time.time(), text, code),
            )
            return changed.rowcount == 1

        return await self._do(record)

    async def about_to(self, change: Change, request: Request) -> None:
        """Record a request just before it goes; of a file what it is, not what is in it."""
        now = time.time()
        given = request.body.journaled if isinstance(request.body, Upload) else request.body
        body = orjson.dumps({"method": request.method, "path": request.path, "body": given}).decode()
        rows = [
            (change.code, item.key, item.target, item.address, intent(change, item), now)
            for item in change.items
            if item.key in request.keys
        ]

        def record(db: sqlite3.Connection) -> None:
            db.executemany(
                "insert or ignore into items (code, key, target, address, intent, sent_at) values (?, ?, ?, ?, ?, ?)",
                rows,
            )
            db.execute(
                "insert into requests (code, keys, request, sent_at) values (?, ?, ?, ?)",
                (change.code, orjson.dumps(request.keys).decode(), body, now),
            )

        await self._do(record)

    async def settle(self, code: str, results: Sequence[Result]) -> None:
        """Record outcomes."""
        rows = [(one.outcome, one.detail, one.reference, time.time(), code, one.item.key) for one in results]

        def record(db: sqlite3.Connection) -> None:
            db.executemany(
                "update items set outcome = ?, detail = ?, reference = ?, settled_at = ? where code = ? and key = ?",
                rows,
            )

        await self._do(record)

    async def told_of(self, items: Iterable[Earlier]) -> None:
        """Record that the outcomes of these, as far as they are known, were told to whoever asked for them."""
        rows = [(time.time(), one.code, one.key) for one in items]
        told = "update items set told_at = ? where code = ? and key = ? and outcome != 'unknown'"
        await self._do(lambda db: db.executemany(told, rows))

    async def untold(self, change: Change, kitsu: str, principal: str) -> dict[str, Earlier]:
        """Which items of a change an attempt of which nobody was told wrote already, by their keys in the change."""
        keys = {intent(change, item): item.key for item in change.items}

        def look(db: sqlite3.Connection) -> dict[str, Earlier]:
            rows = db.execute(
                "select intent, code, key, sent_at from items join changes using (code) where kitsu = ? "
                "and principal = ? and outcome = 'applied' and told_at is null and sent_at > ? "
                "and intent in (select value from json_each(?))",
                (kitsu, principal, time.time() - LOOKED_FOR_SECONDS, orjson.dumps(list(keys)).decode()),
            )
            return {keys[wanted]: Earlier(*rest) for wanted, *rest in rows}

        return await self._do(look)

    async def unsettled(self, kitsu: str, before: float = sys.float_info.max) -> list[Unsettled]:
        """Items of this Kitsu, sent before that time, whose outcome is not known and is still looked for.

        Nothing when there is no journal yet.
        """
        if not self._path.exists():
            return []

        def look(db: sqlite3.Connection) -> list[Unsettled]:
            rows = db.execute(
                "select principal, code, key, address, kind, change, sent_at from items join changes using (code) "
                "where kitsu = ? and sent_at < ? "
                "and (outcome is null or outcome = 'unknown' and settled_at < sent_at + ?) order by sent_at",
                (kitsu, before, LOOKED_FOR_SECONDS),
            )
            return [Unsettled(*row) for row in rows]

        return await self._do(look)

    async def _do(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run one transaction in a thread of its own."""

        def run() -> T:
            connection = self._connection or self._open()
            self._connection = connection
            with connection:
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
        connection = sqlite3.connect(self._path, timeout=5.0, check_same_thread=False)
        try:
            _prepare(connection)
        except sqlite3.Error:
            connection.close()
            raise
        return connection


def _prepare(db: sqlite3.Connection) -> None:
    with contextlib.suppress(sqlite3.OperationalError):
        # Folders on a network lack the shared memory this needs; the default mode works there.
        db.execute("pragma journal_mode = wal")
    db.executescript(_SCHEMA)
    with db:
        if db.execute("select count(*) from journal").fetchone()[0] == 0:
            db.execute("insert into journal (salt) values (?)", (secrets.token_hex(16),))


def intent(change: Change, item: Item) -> str:
    """What is to be so afterwards, whatever it was before: the same item proposed again has the same intent."""
    fields = [(one.name, one.after.raw) for one in item.fields]
    wanted = [change.kind, item.target or item.key, fields, item.text, change.text]
    return hashlib.sha256(orjson.dumps(wanted)).hexdigest()


def _propose(db: sqlite3.Connection, change: Change, kitsu: str, principal: str) -> tuple[str, float]:
    (salt,) = db.execute("select salt from journal").fetchone()
    digest, whose = change.digest, f"{kitsu} {principal}"
    answered = "select count(*) from changes where digest = ? and kitsu = ? and principal = ? and answer is not null"
    (times,) = db.execute(answered, (digest, kitsu, principal)).fetchone()
    code = _code(salt, whose, digest, times)
    while (other := _digest_of(db, code)) not in {None, digest}:
        code = _code(salt, whose, f"{digest} {other}", times)
    named = (change.kind, change.tool, change.agent, change.person)
    db.execute(
        "insert or ignore into changes "
        "(code, digest, kitsu, principal, kind, tool, agent, person, proposed_at, change) "
        "values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (code, digest, kitsu, principal, *named, time.time(), replace(change, code=code).json.decode()),
    )
    return code, db.execute("select proposed_at from changes where code = ?", (code,)).fetchone()[0]


def _digest_of(db: sqlite3.Connection, code: str) -> str | None:
    found = db.execute("select digest from changes where code = ?", (code,)).fetchone()
    return found[0] if found else None


def _code(salt: str, kitsu: str, digest: str, times: int) -> str:
    """Six characters of a-z and 2-7, which neither Zou's hashtags nor its mentions can take for theirs."""
    whole = int.from_bytes(hashlib.sha256(f"{salt} {kitsu} {digest} {times}".encode()).digest())
    letters = "abcdefghijklmnopqrstuvwxyz234567"
    return "".join(letters[(whole >> (5 * position)) & 31] for position in range(6))
