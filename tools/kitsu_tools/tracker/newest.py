"""The newest rows of a table of one production: what is before those that were newest once was changed since.

A page of `data/tasks` or `data/entities` comes newest `updated_at` first, for every role, with a `total` (seen on Zou
1.0.97). Stamps are cut to the second, the order is not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from kitsu_tools.tracker.board_rows import Record
from kitsu_tools.tracker.errors import NotFound, NotPermitted, Refused
from kitsu_tools.tracker.session import KitsuSession
from kitsu_tools.tracker.zou_answer import Answer

PAGES = (25, 100, 500)
KNOWN_ROWS = 10
"""Rows that are as they were: whatever changed since stands before them, as the clocks of Zou's processes agree."""
OVERLAP = timedelta(seconds=1)
BESIDE = timedelta(minutes=2)
"""More than lies between two requests that are sent at the same time."""
LONG_AGO = timedelta(hours=1)
"""More than clocks differ."""
LATE = timedelta(minutes=10)
"""Longer than Kitsu takes for a request: a row that it stamped may be seen so much later."""


@dataclass(frozen=True, slots=True)
class Newest:
    """How many rows a table has, and the newest of them; their stamps by id."""

    total: int
    rows: Sequence[Record]
    stamps: Mapping[str, str]
    overlap: timedelta = OVERLAP

    @property
    def stamp(self) -> str:
        """When the newest row was written, UTC; empty for none."""
        return next(iter(self.stamps.values()), "")

    @property
    def newest_rows(self) -> Sequence[Record]:
        """The rows whose stamps are known."""
        return [row for row in self.rows if row["id"] in self.stamps]

    def seen_late(self) -> "Newest":
        """The same, where rows that were stamped before these may not have been seen yet."""
        return replace(self, overlap=LATE)

    def is_older_than(self, other: "Newest") -> bool:
        """Whether a second change in the second of the newest one is out of the question, by what was read beside it
        and by our own clock.
        """
        by_kitsu = (datetime.fromisoformat(other.stamp) - BESIDE).isoformat() if other.stamp else ""
        return bool(self.stamp) and self.stamp < max(by_kitsu, (datetime.now(UTC) - LONG_AGO).isoformat())

    def knows(self, row: Record) -> bool:
        """Whether a row was there with this stamp; it may have been written twice in one second."""
        return self.stamps.get(row["id"]) == row["updated_at"] or row["updated_at"] < self._earliest

    def is_unwritten(self, row: Record) -> bool:
        """Whether nothing shows that a row was written since: neither its stamp nor a value that it did not have. One
        that it has no more does not show it: that is how Zou hides values from a role.
        """
        before = next((one for one in self.rows if one["id"] == row["id"]), row)
        return self.knows(row) and not any(value and value != before.get(name, value) for name, value in row.items())

    def since(self, rows: Sequence[Record]) -> dict[str, Record]:
        """The rows, by id, that may have been written since these were the newest."""
        earliest = self._earliest
        return {row["id"]: row for row in rows if row["updated_at"] >= earliest or not self.knows(row)}

    def reached_by(self, newer: "Newest") -> bool:
        """Whether all that was written since is among the newer ones."""
        is_known = self.overlap == OVERLAP and sum(map(self.knows, newer.rows)) >= KNOWN_ROWS
        return is_known or len(newer.rows) == newer.total or newer.rows[-1]["updated_at"] < self._earliest

    def is_of_before(self, newer: "Newest") -> bool:
        """Whether the row that was newest is there and no older now. It is not where a backup was put back, too."""
        last = next(iter(self.stamps), "")
        return not last or any(row["id"] == last and row["updated_at"] >= self.stamp for row in newer.rows)

    @property
    def _earliest(self) -> str:
        return (datetime.fromisoformat(self.stamp) - self.overlap).isoformat() if self.stamp else ""


async def newest(
    session: KitsuSession, path: str, project_id: str, before: Newest | None = None, **query: str
) -> Newest | None:
    """The newest rows of a table, back to those that were newest before.

    None: that is too many, or this Zou has no such pages.
    """
    for limit in PAGES:
        query |= {"project_id": project_id, "page": "1", "limit": str(limit)}
        try:
            fields = Answer(200, await session.read(path, query)).fields
        except (NotFound, NotPermitted, Refused):
            return None
        rows: Sequence[Record] | None = fields.get("data")
        if rows is None or not _in_order([row.get("updated_at") or "" for row in rows]):
            return None
        found = newest_of(fields.get("total") or 0, rows)
        if before is None or before.reached_by(found):
            return found
    return None


def newest_of(total: int, rows: Sequence[Record]) -> Newest:
    """What is newest of so many rows, by those that come first."""
    return Newest(total, rows, {row["id"]: row["updated_at"] for row in rows[: PAGES[0]]})


def _in_order(stamps: Sequence[str]) -> bool:
    """Whether rows come newest first, and each says when it was written: another Zou may do otherwise."""
    return all(stamps) and all(one >= other for one, other in pairwise(stamps))
