"""What lives while the server runs: the signed-in Kitsu, the gate with its journal, and work in the background."""

import hashlib
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import anyio

from kitsu_server.settings import Settings
from kitsu_tools.endpoints.instance import Endpoints
from kitsu_tools.gate.gate import Gate
from kitsu_tools.gate.journal import Journal
from kitsu_tools.tracker.errors import KitsuError
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.write.kinds import KINDS

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Running:
    """What a running server holds."""

    kitsu: Kitsu
    gate: Gate
    endpoints: Endpoints


class Lifetime:
    """Opens and closes what a server holds, and learns in the background what the signed-in role may do."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._listed = anyio.Event()
        self._ended = anyio.Event()
        self._begun = False
        self.may_write = _remembered(settings)
        self.kitsu: Kitsu | None = None

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[Running]:
        """The server's lifespan. Nothing is connected at its beginning, so that the first answer need not wait."""
        self._begun = True
        settings = self._settings
        kitsu = self.kitsu = Kitsu(settings.credentials, settings.network, settings.preferences)
        journal = Journal(settings.journal)
        gate = Gate(kitsu, journal, KINDS, settings.user)
        try:
            async with anyio.create_task_group() as background:
                background.start_soon(self._after_listing, kitsu, gate)
                try:
                    yield Running(kitsu, gate, Endpoints(kitsu.session, background))
                finally:
                    background.cancel_scope.cancel()
        finally:
            with anyio.CancelScope(shield=True):
                await kitsu.close()
                await journal.close()
            self._ended.set()

    def listed(self) -> None:
        """The tools were listed once: now there is time for what takes time."""
        self._listed.set()

    async def ended(self) -> None:
        """Wait until everything is closed; at once if nothing was ever opened."""
        if self._begun:
            await self._ended.wait()

    async def _after_listing(self, kitsu: Kitsu, gate: Gate) -> None:
        """Settle what an earlier run left open, sign in, and remember for the next start what the role may do."""
        await self._listed.wait()
        if self._settings.credentials.missing:
            return
        try:
            for one in await gate.settle():
                logger.warning("an earlier change is settled: %s %s (%s)", one.item.address, one.outcome, one.detail)
            self.may_write = await kitsu.may_write()
        except KitsuError as error:
            logger.warning("%s", error)
            return
        except Exception:  # a background errand must not end the server; what it met, the next call meets and says
            logger.exception("signing in at the start failed")
            return
        with suppress(OSError):
            memory = _memory(self._settings)
            memory.parent.mkdir(parents=True, exist_ok=True)
            memory.write_text("may write" if self.may_write else "may not write", encoding="utf-8")


def _remembered(settings: Settings) -> bool:
    """What the role was found to allow last time, so that the first list of tools can be right without a connection."""
    try:
        return _memory(settings).read_text(encoding="utf-8") != "may not write"
    except OSError:
        return True


def _memory(settings: Settings) -> Path:
    credentials = settings.credentials
    identity = f"{credentials.host} {credentials.bot_token or credentials.bot_token_file or credentials.login}"
    return settings.journal.parent / "roles" / hashlib.sha256(identity.encode()).hexdigest()[:16]
