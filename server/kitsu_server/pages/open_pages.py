"""The questions that are open on pages, and the web server on loopback that is there only as long as one of them is.

The server hears 127.0.0.1 alone, on a port that was free. Each question has a path of its own that cannot be guessed.
"""

import secrets
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import anyio
from anyio import to_thread
from anyio.abc import TaskGroup

from kitsu_server.pages import browser
from kitsu_tools.gate.asking import Asked, CannotAsk
from kitsu_tools.gate.change import Change
from kitsu_tools.gate.confirmation import Confirmation

MOST_OPEN = 5
"""Questions at a time: more than that no person reads, and a model may ask for many."""
TICK_SECONDS = 0.5


@dataclass
class Page:
    """One question at one path. `owner` is the cookie of the browser that opened it first; `token` is of its form."""

    asked: Asked
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    owner: str = ""


class OpenPages:
    """The pages of one server. A question may be answered for `life_seconds`; for `told_seconds` more its path says
    what became of it.
    """

    def __init__(self, background: TaskGroup, *, life_seconds: float = 900.0, told_seconds: float = 120.0) -> None:
        self._background = background
        self._life = life_seconds
        self._told = told_seconds
        self._lock = anyio.Lock()
        self._has_browser: bool | None = None
        self._origin = ""
        self.by_path: dict[str, Page] = {}

    async def has_browser(self) -> bool:
        """Whether a page can be opened on this machine."""
        if self._has_browser is None:
            self._has_browser = await to_thread.run_sync(browser.has_browser)
        return self._has_browser

    async def ask(self, change: Change, check: Callable[[Confirmation], None]) -> Asked:
        """The page of a change: the one there is, answered or not, or a new one.

        Raises:
            CannotAsk: too many questions are open, or no port is free.
        """
        async with self._lock:
            now = [page.asked for page in self.by_path.values() if page.asked.left_seconds > 0]
            there = next((asked for asked in now if asked.change.code == change.code), None)
            if there is not None:
                return there
            if sum(asked.is_open for asked in now) >= MOST_OPEN:
                raise CannotAsk(
                    f"{MOST_OPEN} questions are open in the person's browser already. Let them answer those first."
                )
            if not self._origin:
                await self._serve()
            path = secrets.token_urlsafe(32)
            ends_at = time.monotonic() + self._life
            asked = Asked(change, check, f"{self._origin}/{path}", ends_at, anyio.Event())
            self.by_path[path] = Page(asked)
            return asked

    async def open(self, asked: Asked) -> bool:
        """Open it in the person's browser."""
        asked.shown = await to_thread.run_sync(browser.opened, asked.address, abandon_on_cancel=True)
        return asked.shown

    def collected(self, asked: Asked) -> None:
        """Its answer was taken, or nobody wants it any more."""
        asked.ends_at = min(asked.ends_at, time.monotonic())

    async def _serve(self) -> None:
        try:
            listening = socket.create_server(("127.0.0.1", 0))
        except OSError as error:
            raise CannotAsk(f"No page can be served to ask the person on: {error}.") from error
        self._origin = f"http://127.0.0.1:{listening.getsockname()[1]}"
        self._background.start_soon(self._while_anybody_asks, listening)

    async def _while_anybody_asks(self, listening: socket.socket) -> None:
        from kitsu_server.pages.site import served
        from kitsu_server.pages.web import application

        async with served(application(self), listening):
            try:
                while self.by_path:
                    await anyio.sleep(TICK_SECONDS)
                    gone = [path for path, page in self.by_path.items() if page.asked.left_seconds < -self._told]
                    for path in gone:
                        del self.by_path[path]
            finally:
                self._origin = ""  # before the server ends: a new question gets one of its own
