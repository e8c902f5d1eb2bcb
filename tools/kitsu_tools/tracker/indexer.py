"""Kitsu's own search indexer, where a studio runs one: shots and assets whose names are like a text, in one request.

It finds a word with one or two letters wrong, in names, descriptions and metadata, of all open productions that the
identity is on; of less than three characters nothing. Zou reads what it found from its database, so that names are
those of now, but what was never indexed is missing (`index_service` of Zou 1.0.97, which answers 500 without one).
"""

import time
from collections.abc import Sequence

import anyio

from kitsu_tools.tracker.board_rows import Record
from kitsu_tools.tracker.cached import Cached
from kitsu_tools.tracker.errors import KitsuError
from kitsu_tools.tracker.model import Project
from kitsu_tools.tracker.session import KitsuSession
from kitsu_tools.tracker.zou_answer import Answer

LEAST_CHARACTERS = 3
MOST_FOUND = 100
"""Of shots, and of assets: as many as an answer lists."""
ANSWER_SECONDS = 3.0
"""Zou itself waits 5,000 s for it."""
SILENT_SECONDS = 300.0
"""So long one that did not answer is not asked again."""


class Indexer:
    """The indexer as one identity may ask it."""

    def __init__(self, session: KitsuSession) -> None:
        self._session = session
        self._is_there = Cached(self._read_whether, SILENT_SECONDS)
        self._silent_until = float("-inf")

    async def names(self, projects: Sequence[Project], text: str) -> Sequence[Record]:
        """The shots and assets found by a text, in these productions and others, as `data/entities` has them; none
        where nobody answers for it.
        """
        if len(text) < LEAST_CHARACTERS or time.monotonic() < self._silent_until or not await self._is_there.get():
            return []
        question = {"query": text.strip(), "limit": MOST_FOUND, "index_names": ["assets", "shots"]}
        if len(projects) == 1:
            question["project_id"] = projects[0].id
        try:
            with anyio.fail_after(ANSWER_SECONDS):
                found = Answer(200, await self._session.question("data/search", question)).fields
        except (KitsuError, TimeoutError):
            self._silent_until = time.monotonic() + SILENT_SECONDS
            return []
        return [*found.get("assets", ()), *found.get("shots", ())]

    async def _read_whether(self) -> bool:
        try:
            return Answer(200, await self._session.read("config")).fields.get("indexer_configured") is True
        except KitsuError:  # an older Zou, which does not tell
            return False
