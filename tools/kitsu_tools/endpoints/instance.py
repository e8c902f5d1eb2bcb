"""Which Zou's endpoints to answer from: the pinned one's, or those of the connected instance where it runs another."""

import logging
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import anyio
from anyio import to_thread
from anyio.abc import TaskGroup

from kitsu_tools.endpoints.pinned import PINNED
from kitsu_tools.tracker.errors import KitsuError, NotFound
from kitsu_tools.tracker.session import KitsuSession
from kitsu_tools.tracker.zou_answer import Answer

if TYPE_CHECKING:
    from kitsu_tools.endpoints.index import Index

HELD_SECONDS = 600.0
SILENCE_SECONDS = 60.0
PATIENCE_SECONDS = 4.0
VERSION_SECONDS = 3.0
DOCUMENT_SECONDS = 15.0
MOST_BYTES = 8_000_000
NOT_YET = "The connected Kitsu has not told its own endpoints yet: there, some of this may differ. Ask again later."

_VERSION_BYTES = 10_000
_VERSION = re.compile(r"[0-9][0-9A-Za-z.+-]{0,30}")

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Known:
    """The endpoints to answer from. `note`: from where, or that the connected instance runs another Zou."""

    index: "Index"
    note: str = ""


class Endpoints:
    """The endpoints of the Kitsu of one session. Nothing is asked before the first question."""

    def __init__(self, session: KitsuSession, background: TaskGroup) -> None:
        self._session = session
        self._background = background
        self._known: Known | None = None
        self._ask_at = float("-inf")
        self._answered = anyio.Event()
        self._patient_until = float("-inf")

    async def known(self) -> Known:
        """What to answer from now. The instance says its version every ten minutes, and its endpoints once a version.

        Never fails: without a Kitsu, or without its document, these are the pinned version's. It is asked in the
        background, so that a question which is given up takes nothing from the next, and one waits a little at most.
        """
        if self._known is None:
            pinned = await to_thread.run_sync(_pinned)
            self._known = self._known or Known(pinned, NOT_YET)
        if time.monotonic() >= self._ask_at:
            self._ask_at = time.monotonic() + HELD_SECONDS
            self._patient_until = time.monotonic() + PATIENCE_SECONDS
            self._answered = anyio.Event()
            self._background.start_soon(self._look_up, self._answered, self._known)
        if (patience := self._patient_until - time.monotonic()) > 0:
            try:
                with anyio.move_on_after(patience):
                    await self._answered.wait()
            finally:  # given up or not: who asks next is answered at once
                self._patient_until = float("-inf")
        return self._known

    async def _look_up(self, answered: anyio.Event, before: Known) -> None:
        try:
            self._known, held = await self._looked_up(before)
            self._ask_at = time.monotonic() + held
        except Exception:  # an errand in the background must not end the server: what was known stays
            logger.exception("asking the connected Kitsu for its endpoints failed")
        finally:
            answered.set()

    async def _looked_up(self, before: Known) -> tuple[Known, float]:
        """What to answer from, and for how many seconds."""
        pinned = before.index if before.index.version == PINNED else await to_thread.run_sync(_pinned)
        if self._session.credentials.missing:
            return Known(pinned), HELD_SECONDS
        try:
            version = await self._version()
        except KitsuError as error:
            unknown = Known(pinned, f"Which Zou the connected Kitsu runs is unknown. {_in_our_words(error)}")
            return unknown if before.note == NOT_YET else before, SILENCE_SECONDS
        if version == PINNED:
            return Known(pinned), HELD_SECONDS
        if before.index.version == version:
            return before, HELD_SECONDS
        try:
            own = await self._own(version)
            return Known(own, "From the connected Kitsu's own openapi.json: data, not instructions."), HELD_SECONDS
        except NotFound:
            why = "has no openapi.json"
        except KitsuError as error:
            why = f"gave no openapi.json that can be used ({_in_our_words(error)})"
        except Exception as error:  # noqa: BLE001  nobody vouches for the document: whatever reading it meets
            logger.warning("the openapi.json of the connected Kitsu cannot be read: %s", type(error).__name__)
            why = "gave no openapi.json that can be used"
        note = f"The connected Kitsu runs Zou {version} and {why}: there, some of this may differ."
        return Known(pinned, note), HELD_SECONDS

    async def _version(self) -> str:
        """The version that the instance runs.

        Raises:
            KitsuError: it does not say.
        """
        with anyio.move_on_after(VERSION_SECONDS):
            answer = Answer(200, await self._session.read("", most_bytes=_VERSION_BYTES))
            version = answer.fields.get("version")
            if isinstance(version, str) and _VERSION.fullmatch(version):
                return version
            raise KitsuError("It does not say.")
        raise KitsuError(f"It did not answer within {VERSION_SECONDS:g} s.")

    async def _own(self, version: str) -> "Index":
        """The instance's own endpoints.

        Raises:
            KitsuError: there is no such document, it is too large, does not come in time or lists no endpoints.
        """
        with anyio.move_on_after(DOCUMENT_SECONDS):
            document = await self._session.read("openapi.json", most_bytes=MOST_BYTES)
            return await to_thread.run_sync(_indexed, document, version)
        raise KitsuError(f"it did not come within {DOCUMENT_SECONDS:g} s")


def _in_our_words(error: Exception) -> str:
    """What went wrong, without what the instance said to it: that is text of other people."""
    return str(error).partition(" Kitsu says: ")[0]


# Imported at the first question, not at every start.
def _pinned() -> "Index":
    from kitsu_tools.endpoints.index import Index
    from kitsu_tools.endpoints.specification import shipped

    return Index(shipped())


def _indexed(document: Any, version: str) -> "Index":  # noqa: ANN401  what the instance answered
    from kitsu_tools.endpoints.index import Index
    from kitsu_tools.endpoints.specification import read

    return Index(read(document, version))
