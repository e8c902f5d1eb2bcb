"""The journal: every plan, answer, request and result, on this machine, before and after it happens.

A SQLite file that only its owner may read. It gives each plan the code that signs its comments, lets a confirmation
be used once, and remembers what was sent when the answer, or this process, was lost.
"""

import contextlib
import hashlib
import secrets
import sqlite3
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, TypeVar

import orjson
from anyio import CapacityLimiter, to_thread

from kitsu_tools.gate.plan import Plan, Request
from kitsu_tools.tracker.errors import KitsuError

LOOKED_FOR_SECONDS = 24 * 3600.0
"""How long an unknown outcome is looked for: an outage, or a right taken by mistake, is mended within a day. Later
nobody waits for the answer any more, and every proposal would pay for one more look.
"""

Outcome = Literal["applied", "refused", "failed", "unknown", "skipped"]
T = TypeVar("T")

_SCHEMA = """
create table if not exists journal (salt text not null);
create table if not exists plans (
    code text primary key, digest text not null, kitsu text not null, tool text not null, agent text not null, person
    text not null, planned_at real not null, plan text not null, answer text, answered_at real, text text
);
create index if not exists plans_by_digest on plans (digest);
create table if not exists items (
    code text not null references plans (code), task_id text not null, address text not null, request text not null,
    sent_at real not null, outcome text, detail text, comment_id text, settled_at real, primary key (code, task_id)
);
"""


class JournalError(KitsuError):
    """The journal cannot be written, so nothing may be sent."""


@dataclass(frozen=True, slots=True)
class Unsettled:
    """An item that was about to be sent, or was sent, and whose outcome nobody knows yet.

    `sent_at` in seconds since 1970.
    """

    code: str
    task_id: str
    address: str
    sent_at: float
    kitsu: str


class Journal:
    """One journal file. Every method may raise JournalError; none of them blocks the event loop."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._limiter = CapacityLimiter(1)
        self._connection: sqlite3.Connection | None = None

    async def close(self) -> None:
        """Close the file."""
        if self._connection is not None:
            await to_thread.run_sync(self._connection.close, limiter=self._limiter)
            self._connection = None

    async def propose(self, plan: Plan, kitsu: str) -> tuple[str, float]:
        """Write a plan down before anybody is asked; its code, and when it was written down (seconds since 1970).

        The code is the same each time until the plan was answered: a question may be rendered more than once, and
        must not change. Once answered, the same plan gets another code, so that an answer given before cannot fit it.
        """
        return await self._do(lambda db: _propose(db, plan, kitsu))

    async def answered(self, code: str, answer: str, text: str) -> bool:
        """Record the person's answer. False when this plan was answered already: a confirmation counts once."""

        def record(db: sqlite3.Connection) -> bool:
            changed = db.execute(
                "update plans set answer = ?, answered_at = ?, text = ? where code = ? and answer is null",
                (answer, time.time(), text, code),
            )
            return changed.rowcount == 1

        return await self._do(record)

    async def about_to(self, code: str, request: Request) -> None:
        """Record a request just before it goes."""
        body = orjson.dumps({"method": request.method, "path": request.path, "body": request.body}).decode()
        rows = [(code, item.task_id, item.address, body, time.time()) for item in request.items]

        def record(db: sqlite3.Connection) -> None:
            db.executemany("insert into items (code, task_id, address, request, sent_at) values (?, ?, ?, ?, ?)", rows)

        await self._do(record)

    async def settle(self, code: str, results: Sequence[tuple[str, Outcome, str, str]]) -> None:
        """Record outcomes: task id, outcome, detail, comment id."""
        rows = [(outcome, detail, comment, time.time(), code, task) for task, outcome, detail, comment in results]

        def record(db: sqlite3.Connection) -> None:
            db.executemany(
                "update items set outcome = ?, detail = ?, comment_id = ?, settled_at = ? "
                "where code = ? and task_id = ?",
                rows,
            )

        await self._do(record)

    async def unsettled(self, kitsu: str, before: float = sys.float_info.max) -> list[Unsettled]:
        """Items of this Kitsu, sent before that time, whose outcome is not known and is still looked for.

        Nothing when there is no journal yet.
        """
        if not self._path.exists():
            return []

        def look(db: sqlite3.Connection) -> list[Unsettled]:
            rows = db.execute(
                "select code, task_id, address, sent_at, kitsu from items join plans using (code) "
                "where kitsu like ? || ' %' and sent_at < ? "
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


def _propose(db: sqlite3.Connection, plan: Plan, kitsu: str) -> tuple[str, float]:
    (salt,) = db.execute("select salt from journal").fetchone()
    answered = "select count(*) from plans where digest = ? and kitsu = ? and answer is not null"
    (times,) = db.execute(answered, (plan.digest, kitsu)).fetchone()
    code = _code(salt, kitsu, plan.digest, times)
    while (other := _digest_of(db, code)) not in {None, plan.digest}:
        code = _code(salt, kitsu, f"{plan.digest} {other}", times)
    columns = (code, plan.digest, kitsu, plan.tool, plan.agent, plan.person, time.time())
    db.execute(
        "insert or ignore into plans (code, digest, kitsu, tool, agent, person, planned_at, plan) "
        "values (?, ?, ?, ?, ?, ?, ?, ?)",
        (*columns, orjson.dumps(asdict(plan)).decode()),
    )
    return code, db.execute("select planned_at from plans where code = ?", (code,)).fetchone()[0]


def _digest_of(db: sqlite3.Connection, code: str) -> str | None:
    found = db.execute("select digest from plans where code = ?", (code,)).fetchone()
    return found[0] if found else None


def _code(salt: str, kitsu: str, digest: str, times: int) -> str:
    """Six characters of a-z and 2-7, which neither Zou's hashtags nor its mentions can take for theirs."""
    whole = int.from_bytes(hashlib.sha256(f"{salt} {kitsu} {digest} {times}".encode()).digest())
    letters = "abcdefghijklmnopqrstuvwxyz234567"
    return "".join(letters[(whole >> (5 * position)) & 31] for position in range(6))
