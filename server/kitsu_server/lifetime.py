"""What lives while the server runs: identities, each with its Kitsu, its gate with a journal, and its errands."""

import hashlib
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, TypeAlias

import anyio
from anyio import to_thread
from mcp.server.context import ServerRequestContext

from kitsu_server.actions.receiver import receiving
from kitsu_server.pages.open_pages import OpenPages
from kitsu_server.settings import Settings
from kitsu_tools import arguments
from kitsu_tools.endpoints.instance import Endpoints
from kitsu_tools.gate.asking import Asking, Confirm
from kitsu_tools.gate.gate import Gate
from kitsu_tools.gate.journal import Journal
from kitsu_tools.live.live import Live
from kitsu_tools.live.selections import Selections
from kitsu_tools.tracker.errors import KitsuError
from kitsu_tools.tracker.gather import gather_both
from kitsu_tools.tracker.kitsu import Caller, Kitsu, Studio
from kitsu_tools.write.kinds import KINDS

logger = logging.getLogger(__name__)


@dataclass(eq=False)
class Identity(arguments.Identity):
    """One caller of a studio.

    `may_write` is what its role was found to allow last time, as the file `memory` has it, until that is found out
    anew.
    """

    memory: Path

    def __post_init__(self) -> None:
        self.may_write = True
        with suppress(OSError):  # so that the first list of tools can be right without a connection
            self.may_write = self.memory.read_text(encoding="utf-8") != "may not write"
        self._listed = anyio.Event()

    def listed(self, agent: str) -> None:
        """The tools were listed, to the host of this agent: now there is time for what takes time."""
        self.selections.agent = agent
        self._listed.set()

    async def until_listed(self) -> None:
        """Wait for that."""
        await self._listed.wait()

    async def after_listing(self) -> None:
        """Settle what an earlier run left open, sign in, and remember for the next start what the role may do."""
        await self.until_listed()
        if self.kitsu.session.credentials.missing:
            return
        try:
            for one in await self.gate.settle():
                logger.warning("an earlier change is settled: %s %s (%s)", one.item.address, one.outcome, one.detail)
            self.may_write, _ = await gather_both(self.kitsu.may_write, self._foresee)
        except KitsuError as error:
            logger.warning("%s", error)
            return
        except Exception:  # a background errand must not end the server; what it met, the next call meets and says
            logger.exception("signing in at the start failed")
            return
        with suppress(OSError):
            self.memory.parent.mkdir(parents=True, exist_ok=True)
            self.memory.write_text("may write" if self.may_write else "may not write", encoding="utf-8")

    async def _foresee(self) -> None:
        """Have in memory what is on disk and most likely asked for next."""
        await self.kitsu.foresee()
        search = await to_thread.run_sync(import_module, "kitsu_tools.read.shelves")
        await search.foresee(self.kitsu)


@asynccontextmanager
async def opened(
    studio: Studio, caller: Caller, journal: Path, confirm: Confirm = "auto", answer_seconds: float | None = None
) -> AsyncGenerator[Identity]:
    """An identity, as long as the block. Nothing is connected at its beginning, so that a first answer need not wait.

    `journal` is the file that it settles, writes to and closes; several identities may have one file. `confirm` and
    `answer_seconds` are how its person is asked, as in `Asking`.
    """
    kitsu, held = Kitsu(studio, caller), Journal(journal)
    try:
        async with anyio.create_task_group() as background:
            gate = Gate(kitsu, held, KINDS, caller.person, Asking(confirm, OpenPages(background), answer_seconds))
            endpoints = Endpoints(kitsu.session, background)
            live = Live(kitsu, background)
            identity = Identity(kitsu, gate, endpoints, live, Selections(), _memory(studio, caller, journal))
            background.start_soon(identity.after_listing)
            background.start_soon(kitsu.keep)
            try:
                yield identity
            finally:
                background.cancel_scope.cancel()
    finally:
        with anyio.CancelScope(shield=True):
            await kitsu.close()
            await held.close()


Identities: TypeAlias = arguments.Identities[Identity]


@dataclass(frozen=True, slots=True)
class One:
    """The identities of a server that has a single one: over stdio, whoever started it."""

    identity: Identity

    def of(self, request: ServerRequestContext[Any, Any], /) -> Identity:  # noqa: ARG002  there is no other
        """Whose request this is."""
        return self.identity


class Lifetime:
    """Opens and closes what a server holds."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._ended = anyio.Event()
        self._begun = False

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[Identities]:
        """The server's lifespan."""
        self._begun = True
        try:
            its = self._settings
            async with opened(its.studio, its.caller, its.journal, its.confirm, its.answer_seconds) as identity:
                port = its.actions_port if its.actions else 0
                async with receiving(identity.kitsu, identity.selections, port, identity.until_listed):
                    yield One(identity)
        finally:
            self._ended.set()

    async def ended(self) -> None:
        """Wait until everything is closed; at once if nothing was ever opened."""
        if self._begun:
            await self._ended.wait()


def _memory(studio: Studio, caller: Caller, journal: Path) -> Path:
    """The file that remembers what this caller's role allows."""
    credentials = caller.credentials
    identity = f"{studio.host} {credentials.bot_token or credentials.bot_token_file or credentials.login}"
    if studio.only is not None:  # what a role allows is found out by the productions that there are
        identity += f" {sorted(studio.only)}"
    return journal.parent / "roles" / hashlib.sha256(identity.encode()).hexdigest()[:16]
