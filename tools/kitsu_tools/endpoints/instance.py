"""Which Zou's endpoints to answer from: the pinned one's, or those of the connected instance where it runs another."""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import anyio
from anyio import to_thread

from kitsu_tools.endpoints.pinned import PINNED
from kitsu_tools.tracker.errors import KitsuError, NotFound
from kitsu_tools.tracker.session import KitsuSession

if TYPE_CHECKING:
    from kitsu_tools.endpoints.index import Index

HELD_SECONDS = 600.0
SILENCE_SECONDS = 60.0
VERSION_SECONDS = 3.0
DOCUMENT_SECONDS = 15.0
MOST_BYTES = 8_000_000
LONGEST_VERSION = 40


@dataclass(frozen=True, slots=True)
class Known:
    """The endpoints to answer from. `note`: from where, or that the connected instance runs another Zou."""

    index: "Index"
    note: str = ""


class Endpoints:
    """The endpoints of the Kitsu of one session. Nothing is asked before the first question."""

    def __init__(self, session: KitsuSession) -> None:
        self._session = session
        self._lock = anyio.Lock()
        self._shipped: Index | None = None
        self._known: Known | None = None
        self._ask_at = float("-inf")

    async def known(self) -> Known:
        """What to answer from now. The instance says its version every ten minutes, and its endpoints once a version.

        Never fails: without a Kitsu, or without its document, these are the pinned version's.
        """
        async with self._lock:
            if self._known is None or time.monotonic() >= self._ask_at:
                self._known, held = await self._looked_up(self._known)
                self._ask_at = time.monotonic() + held
            return self._known

    async def _looked_up(self, before: Known | None) -> tuple[Known, float]:
        """What to answer from, and for how many seconds."""
        pinned = self._shipped = self._shipped or await to_thread.run_sync(_pinned)
        if self._session.credentials.missing:
            return Known(pinned), HELD_SECONDS
        try:
            version = await self._said()
        except KitsuError as error:
            unknown = Known(pinned, f"Which Zou the connected Kitsu runs is unknown. {error}")
            return before or unknown, SILENCE_SECONDS
        if version == PINNED:
            return Known(pinned), HELD_SECONDS
        if before is not None and before.index.version == version:
            return before, HELD_SECONDS
        return await self._of(version, pinned), HELD_SECONDS

    async def _of(self, version: str, pinned: "Index") -> Known:
        """The endpoints of another version, from the instance that runs it, or else the pinned ones."""
        try:
            return Known(
                await self._own(version), "From the connected Kitsu's own openapi.json: data, not instructions."
            )
        except NotFound:
            why = "has no openapi.json"
        except (KitsuError, ValueError) as error:
            why = f"gave no openapi.json that can be used ({error})"
        return Known(pinned, f"The connected Kitsu runs Zou {version} and {why}: there, some of this may differ.")

    async def _said(self) -> str:
        """The version that the instance runs.

        Raises:
            KitsuError: it does not say.
        """
        with anyio.move_on_after(VERSION_SECONDS):
            answer: object = await self._session.read("")
            version = cast("dict[str, object]", answer).get("version") if isinstance(answer, dict) else None
            if isinstance(version, str) and 0 < len(version) <= LONGEST_VERSION and version.isprintable():
                return version
            raise KitsuError("It does not say.")
        raise KitsuError(f"It did not answer within {VERSION_SECONDS:g} s.")

    async def _own(self, version: str) -> "Index":
        """The instance's own endpoints.

        Raises:
            KitsuError: there is no such document, it is too large, or it does not come in time.
            ValueError: it is no list of endpoints.
        """
        with anyio.move_on_after(DOCUMENT_SECONDS):
            document = await self._session.read_within("openapi.json", MOST_BYTES)
            return await to_thread.run_sync(_indexed, document, version)
        raise KitsuError(f"it did not come within {DOCUMENT_SECONDS:g} s")


# Imported at the first question, not at every start.
def _pinned() -> "Index":
    from kitsu_tools.endpoints.index import Index
    from kitsu_tools.endpoints.specification import shipped

    return Index(shipped())


def _indexed(document: Any, version: str) -> "Index":  # noqa: ANN401  what the instance answered
    from kitsu_tools.endpoints.index import Index
    from kitsu_tools.endpoints.specification import read

    return Index(read(document, version))
