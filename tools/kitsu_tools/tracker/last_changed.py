"""Records that Zou lists with the last changed first: read back to a moment, and never more than so many."""

from collections.abc import Mapping, Sequence
from typing import Any

from kitsu_tools.tracker.session import KitsuSession

ROWS = (500, 3_000)
"""How many are read, and how many where those are too few: 0.1 s and 0.7 s for comments (Zou 1.0.97, Big Feature)."""


async def last_changed(
    session: KitsuSession, path: str, query: Mapping[str, str], since: str, rows: Sequence[int] = ROWS
) -> tuple[list[Mapping[str, Any]], str]:
    """Those of `path` that were changed since a moment (UTC as Zou writes it, empty: ever), and, where there are more
    than are read, after when these are all.

    Both `data/projects/…/comments` and `data/preview-files` come in this order (Zou 1.0.97). What is made was changed
    no sooner than it was made: none that was made since is missing. It is always the first page that is read, a longer
    one where it was too short: of comments that were changed at the same moment the order is none, and the next page
    would skip some and repeat others.
    """
    found, last = list[Mapping[str, Any]](), ""
    for most in rows:
        answer = await session.read(path, {**query, "page": "1", "limit": str(most)})
        found = answer["data"]
        last = (found[-1]["updated_at"] or "") if found else ""
        if answer["total"] <= most or last < since:
            return found, ""
    return found, last
